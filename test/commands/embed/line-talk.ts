import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Says each line once the one before it is answered by one line; resolves to the answers, the greeting first. */
export async function lineTalk(port: number, lines: readonly string[]): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1');
  const answers: string[] = [];
  try {
    await once(socket, 'connect');
    const left = [...lines];
    for await (const answer of createInterface({ input: socket })) {
      // Of several lines the last is the answer.
      if (/^\d{3}-/.test(answer)) continue;
      answers.push(answer);
      const next = left.shift();
      if (next === undefined) break;
      socket.write(`${next}\r\n`);
    }
  } finally {
    socket.destroy();
  }
  return answers;
}
