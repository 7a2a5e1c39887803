import type { Exchange } from '../../contracts/exchange.ts';
import type { Remote } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { withPassword } from '../places/login.ts';
import { type Reached, reach } from '../reach.ts';
import { conversationOf } from './options.ts';

export interface ReachedExchange {
  readonly reached: Reached;
  readonly remote: Remote;
  readonly exchange: Exchange;
}

/** The web server that a URL names; nothing is connected yet. Throws `CS_USAGE` for a URL that is none of HTTP. */
export async function reachExchange(ctx: CommandContext, url: string): Promise<ReachedExchange> {
  const options = ctx.options as Readonly<Record<string, unknown>>;
  const reached = await withPassword(ctx, await reach(ctx, url, 'argv', conversationOf(options)));
  const { protocol, target, client, dial, context } = reached;
  if (protocol.name !== 'http')
    throw new CsError('CS_USAGE', `${target.shown} is no web server`, { hint: 'http, https' });
  if (target.tls === 'starttls-required') throw new CsError('CS_USAGE', 'HTTP has no STARTTLS', { hint: '--tls on' });
  const remote = await client.connect(dial, context);
  if (!remote.exchange) throw new CsError('CS_BUG', 'the HTTP client exchanges nothing');
  const { cookieJar } = options;
  if (typeof cookieJar === 'string') await (await import('./cookie-file.ts')).loadCookies(remote.exchange, cookieJar);
  return { reached, remote, exchange: remote.exchange };
}
