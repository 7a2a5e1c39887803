import { CsError } from '../../../../kit/errors.ts';
import { type FileName, isFileName } from '../../../../kit/file-path.ts';

/**
 * A decoded name of a list that a server made. Undefined: no name that a file may have everywhere, so it is not shown.
 * Throws `CS_PEER_PROTOCOL` for one that is no name but a way to somewhere else (trust.md CL-02).
 */
export function safeName(text: string): FileName | undefined {
  if (isFileName(text)) return text as FileName;
  if (text === '.' || text === '..' || /[/\u0000-\u001f\u007f]/.test(text)) {
    throw new CsError(
      'CS_PEER_PROTOCOL',
      `the list of files holds what is no name: ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return undefined;
}
