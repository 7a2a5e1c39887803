import { showSize } from '../kit/units.ts';
import type { Progress } from './ui.ts';

const SHOW_AFTER = 1000;
const LINE_EVERY = 10_000;

/** A spinner on a terminal after a second; elsewhere a line every ten seconds; nothing at all with `-q`. */
export function createProgress(label: string, spinner: boolean, silent: boolean): Progress {
  const started = performance.now();
  let shown: { text: string; stop: () => void } | undefined;
  let ended = false;
  let lastLine = started;
  let text = label;
  const timer = silent || !spinner ? undefined : setTimeout(() => void spin(), SHOW_AFTER).unref();

  async function spin(): Promise<void> {
    // ora loops for ever on a terminal that says it has no columns.
    if (!process.stderr.columns) return;
    const { default: ora } = await import('ora');
    if (ended) return;
    const wheel = ora({
      text,
      stream: process.stderr,
      spinner: { interval: 100, frames: ['|', '/', '-', '\\'] },
    }).start();
    shown = {
      get text() {
        return wheel.text;
      },
      set text(value) {
        wheel.text = value;
      },
      stop: () => void wheel.stop(),
    };
  }

  return {
    update(done, total) {
      text = `${label} ${showSize(done)}${total ? ` of ${showSize(total)}` : ''}`;
      if (shown) shown.text = text;
      const now = performance.now();
      if (!spinner && !silent && now - lastLine >= LINE_EVERY) {
        lastLine = now;
        process.stderr.write(`${text}\n`);
      }
    },
    end() {
      ended = true;
      clearTimeout(timer);
      shown?.stop();
    },
  };
}
