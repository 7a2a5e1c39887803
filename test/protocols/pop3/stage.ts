import { options } from '../../../src/protocols/pop3/options.ts';
import { server } from '../../../src/protocols/pop3/server.ts';
import type { RawPeer } from '../../transcripts/raw-peer.ts';
import { MailStage, type StageOptions as MailStageOptions, memoryStore } from '../mail-stage.ts';

export { anyLogin } from '../mail-stage.ts';
export type StageOptions = MailStageOptions<typeof options>;

export class Stage extends MailStage<typeof options> {
  static async open(how: StageOptions = {}): Promise<Stage> {
    return new Stage({ name: 'pop3', server, options }, await memoryStore(), how);
  }

  /** A client that is logged in. */
  async login(user = 'ann@x.test'): Promise<RawPeer> {
    const peer = await this.peer();
    await peer.line();
    await peer.ask(`USER ${user}`);
    await peer.ask('PASS secret');
    return peer;
  }
}
