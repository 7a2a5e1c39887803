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
    let echoed = false;
    lines.on('SIGINT', () => {
      reject(new CsError('CS_FAILED', 'interrupted', { exit: 130 }));
      lines.close();
    });
    // Its own doing, Ctrl-D, or the end of what the terminal was given.
    lines.on('close', () => {
      if (!echoed) process.stderr.write('\n');
      reject(new CsError('CS_USAGE', `no answer to "${question}"`));
    });
    lines.question(`${question} `, (answer) => {
      echoed = !secret;
      resolve(answer);
      lines.close();
    });
    muted = secret;
  });
}
