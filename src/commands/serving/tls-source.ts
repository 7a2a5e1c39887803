/** Which certificates the doors show, read off the flags. */
import { CsError } from '../../kit/errors.ts';
import type { CertificateFiles } from '../../net/certificate-files.ts';
import type { ContextProvider } from '../../net/handshake.ts';
import type { TlsProvider } from '../../net/tls-provider.ts';
import type { GlobalValues } from '../globals.ts';

export interface TlsSource {
  readonly context: ContextProvider;
  /** Certificates that were named are read before the start is announced, and before root is dropped. */
  prepare(): Promise<void>;
  reload(): Promise<void>;
}

/**
 * Certificates are loaded, or issued, at the first handshake: a start without TLS clients pays nothing.
 * @param hosts what a certificate of the local CA is for
 * @param ticketKeys shared with other processes. Throws `CS_USAGE`.
 */
export function tlsSource(options: GlobalValues, hosts: readonly string[], ticketKeys?: Buffer): TlsSource {
  const files = pairs(options);
  let provider: Promise<TlsProvider> | undefined;
  const load = async () => {
    const { tlsProvider } = await import('../../net/tls-provider.ts');
    return tlsProvider({ files, hosts, ...(ticketKeys ? { ticketKeys } : {}) });
  };
  const context = async (servername?: string) => {
    provider ??= load();
    return (await provider)(servername);
  };
  return {
    context: Object.assign(context, { byName: files.length > 1 }),
    prepare: async () => {
      if (files.length > 0 || options.runAs !== undefined) await context();
    },
    reload: async () => (await provider)?.reload(),
  };
}

function pairs({ cert, key }: GlobalValues): readonly CertificateFiles[] {
  if (cert.length !== key.length) {
    throw new CsError('CS_USAGE', `--cert and --key go together: there are ${cert.length} and ${key.length}`, {
      hint: '--cert a.pem --key a-key.pem --cert b.pem --key b-key.pem',
    });
  }
  return cert.map((path, at) => ({ cert: path, key: key[at]! }));
}
