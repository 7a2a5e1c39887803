/** Through a proxy: SOCKS5 (RFC 1928, 1929) or HTTP CONNECT (RFC 9110 section 9.3.6). Names are resolved by the proxy. */
import type { Duplex } from 'node:stream';
import type { Forwarder } from '../contracts/connection.ts';
import type { Target } from '../contracts/protocol.ts';
import { CsError } from '../kit/errors.ts';
import { askConnect, proxyAuthorization } from './proxy-client-http.ts';
import { askSocks } from './proxy-client-socks.ts';
import { parseTarget, type Schemes, type TargetSource } from './target.ts';

/** A server behind the proxy, as the proxy is told. */
export interface Destination {
  readonly host: string;
  readonly port: number;
}

const SCHEMES: Schemes = {
  socks5: { standard: 1080, dev: 1080, tls: 'none', protocol: 'socks5' },
  socks5h: { standard: 1080, dev: 1080, tls: 'none', protocol: 'socks5' },
  socks: { standard: 1080, dev: 1080, tls: 'none', protocol: 'socks5' },
  http: { standard: 80, dev: 8080, tls: 'none', protocol: 'http' },
  https: { standard: 443, dev: 8443, tls: 'implicit', protocol: 'http' },
};

/** `socks5://[user:password@]host[:1080]`, `http://...`; without a scheme it is an HTTP proxy. Throws as `parseTarget`. */
export function parseProxy(text: string, how: TargetSource): Target {
  return parseTarget(text.includes('://') ? text : `http://${text}`, SCHEMES, how);
}

/** It speaks HTTP, and so can forward requests as well as tunnel connections. */
export function isHttpProxy({ scheme }: Target): boolean {
  return SCHEMES[scheme]?.protocol === 'http';
}

export function forwarderOf(proxy: Target): Forwarder {
  return { authorization: proxyAuthorization(proxy) };
}

/**
 * Asks the proxy at the other end of `stream` for the way to `to`; from then on the stream is the destination's. Throws
 * `CS_CANNOT_CONNECT`, `CS_AUTH_REJECTED`, `CS_AUTH_REQUIRED`, and `CS_PEER_PROTOCOL` for what no proxy would say.
 */
export async function throughProxy(stream: Duplex, proxy: Target, to: Destination, signal: AbortSignal): Promise<void> {
  const ask = isHttpProxy(proxy) ? askConnect : askSocks;
  try {
    await ask(stream, proxy, to, signal);
  } catch (error) {
    stream.on('error', () => {}).destroy();
    if (!(error instanceof CsError) || signal.aborted) throw error;
    throw new CsError(error.code, `proxy ${proxy.shown}: ${error.message}`, {
      cause: error,
      ...(error.reply === undefined ? {} : { reply: error.reply }),
    });
  }
}
