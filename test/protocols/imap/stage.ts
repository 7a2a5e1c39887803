import { Duplex } from 'node:stream';
import { options } from '../../../src/protocols/imap/options.ts';
import { server } from '../../../src/protocols/imap/server.ts';
import type { RawPeer } from '../../transcripts/raw-peer.ts';
import { MailStage, type StageOptions as MailStageOptions, memoryStore } from '../mail-stage.ts';

export { anyLogin } from '../mail-stage.ts';
export type StageOptions = MailStageOptions<typeof options>;

export class Stage extends MailStage<typeof options> {
  static async open(how: StageOptions = {}): Promise<Stage> {
    return new Stage({ name: 'imap', server, options }, await memoryStore(), how);
  }

  /** A connection whose client takes nothing; `stuck` resolves when the server waits for it. */
  async blocked(): Promise<{ near: { stuck: Promise<void>; queued: number; taken: number }; far: Duplex }> {
    const near = { stuck: Promise.resolve(), queued: 0, taken: 0 };
    const clients: Buffer[] = [];
    let wake: () => void = () => {};
    near.stuck = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const stream = new Duplex({
      read() {},
      // Never done: nothing that is written leaves.
      write(chunk: Buffer) {
        near.queued += chunk.length;
      },
    });
    const far = new Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        clients.push(chunk);
        done();
      },
    });
    await this.serve(stream);
    setImmediate(() => {
      for (const chunk of clients) stream.push(chunk);
      const look = (before: number, turns: number) => {
        near.queued = stream.writableLength;
        near.taken = near.queued / 100_000;
        if (turns > 20 && before === near.queued) wake();
        else setImmediate(look, near.queued, before === near.queued ? turns + 1 : 0);
      };
      look(-1, 0);
    });
    return { near, far };
  }

  /** A client that is logged in. */
  async login(user = 'ann@x.test'): Promise<RawPeer> {
    const peer = await this.peer();
    await peer.line();
    await ask(peer, `LOGIN ${user} secret`);
    return peer;
  }

  /** A client with a mailbox open. */
  async select(mailbox = 'INBOX', user = 'ann@x.test'): Promise<RawPeer> {
    const peer = await this.login(user);
    await ask(peer, `SELECT ${mailbox}`);
    return peer;
  }
}

/** Say a command; all lines up to its tagged one, which is the last. */
export async function ask(peer: RawPeer, command: string): Promise<string[]> {
  peer.send(`t ${command}\r\n`);
  return answer(peer, 't');
}

export async function answer(peer: RawPeer, tag: string): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await peer.line();
    if (line === '') return lines;
    lines.push(line);
    if (line.startsWith(`${tag} `)) return lines;
  }
}
