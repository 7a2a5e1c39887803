/** SMTP, submission and LMTP on smtp-server, behind our door. */
import type { Handler, ServerEnd } from '../../contracts/protocol.ts';
import { Gate } from './gate.ts';
import type { options } from './options.ts';
import { createPolicy, type SmtpContext } from './policy.ts';

export const server: ServerEnd<'accounts' | 'delivery' | 'journal', typeof options> = {
  async open(ctx: SmtpContext): Promise<Handler> {
    const gate = new Gate(createPolicy(ctx));
    return (conn) => gate.serve(conn);
  },
};
