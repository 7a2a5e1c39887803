/** Where a dialogue goes: the file of `--transcript`, and with `-vv` the screen, with its time. */
import { writeSync } from 'node:fs';
import { asCsError } from '../kit/errors.ts';
import type { Ui } from '../ui/ui.ts';
import { openToAppend } from '../ui/unwritable.ts';

/** Gets every line, redacted; `of` says whose it is where several conversations run side by side. */
export type DialogueSink = (line: string, of?: string) => void;

/** Throws `CS_LOCAL_IO` where the file cannot be written; later its failures cost lines, never the command. */
export function dialogueSink(
  file: string | undefined,
  { verbose, note, log }: Pick<Ui, 'verbose' | 'note' | 'log'>,
): DialogueSink | undefined {
  const shown = verbose >= 2;
  if (file === undefined && !shown) return undefined;
  const save = file === undefined ? undefined : transcriptFile(file, log);
  return (line, of) => {
    save?.(line, of);
    if (shown) note(`${new Date().toISOString().slice(11, 23)} ${of === undefined ? '' : `${of} `}${line}`);
  };
}

function transcriptFile(file: string, log: Ui['log']): DialogueSink {
  const descriptor = openToAppend(file, 'the transcript');
  let last: string | undefined;
  let failed = false;
  return (line, of) => {
    const head = of === last ? '' : `# ${of}\n`;
    last = of;
    try {
      writeSync(descriptor, `${head}${line}\n`);
    } catch (error) {
      if (!failed) log('error', 'transcript', { file, message: asCsError(error).message });
      failed = true;
    }
  };
}
