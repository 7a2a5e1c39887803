import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CsError } from '../kit/errors.ts';

/** Asks on stderr, reads from stdin; a secret's letters are not shown. */
export function prompt(question: string, secret: boolean): Promise<string> {
  let muted = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!muted) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  return new Promise((resolve, reject) => {
    const finish = (act: () => void): void => {
      act();
      lines.close();
      if (secret) process.stderr.write('\n');
    };
    lines.on('SIGINT', () => finish(() => reject(new CsError('CS_FAILED', 'interrupted', { exit: 130 }))));
    // Ctrl-D, or the end of what the terminal was given.
    lines.on('close', () => reject(new CsError('CS_USAGE', `no answer to "${question}"`)));
    lines.question(`${question} `, (answer) => finish(() => resolve(answer)));
    muted = secret;
  });
}
