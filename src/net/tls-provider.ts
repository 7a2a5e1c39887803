/** What a server shows in its handshakes: certificates from files, or one of the local CA. */
import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { SecureContextOptions } from 'node:tls';
import { caDirectory } from './ca-directory.ts';
import { type CertificateFiles, certificateFor, type ReadCertificate, readCertificate } from './certificate-files.ts';

export interface TlsProviderOptions {
  /** The first is the default; the others are chosen by the name a client asks for (RFC 6066 section 3). None: the local CA gives one. */
  readonly files?: readonly CertificateFiles[];
  /** Names and addresses the CA's is for; those it may not vouch for are left out. `0.0.0.0` and `::` mean every interface. */
  readonly hosts: readonly string[];
  /** The CA's directory. */
  readonly dir?: string;
  /** Milliseconds between two looks at the files; 1 s. */
  readonly look?: number;
  /** 48 octets: the keys of session tickets, where other processes take them too. */
  readonly ticketKeys?: Buffer;
}

/**
 * Asked at every handshake; answers with the same object until there is something new: changed files, or a certificate
 * close to its end. The first answer may throw `CS_NOT_FOUND`, `CS_CONFIG`, `CS_UNSAFE` (others can read a key);
 * afterwards files that cannot be used leave the old certificate in place.
 */
export interface TlsProvider {
  (servername?: string): Promise<SecureContextOptions>;
  /** Look at the next handshake, whenever the last look was. */
  reload(): void;
}

/** Everything that may be shown, as of one look. */
interface Shown {
  choose(servername: string | undefined): SecureContextOptions;
}

export function tlsProvider(options: TlsProviderOptions): TlsProvider {
  const { files = [], look = 1000 } = options;
  const load = files.length === 0 ? ofCa(options) : ofFiles(files, options);
  let held: Promise<Shown> | undefined;
  let looked = Number.NEGATIVE_INFINITY;

  const provider = async (servername?: string): Promise<SecureContextOptions> => {
    const now = performance.now();
    if (held === undefined || now - looked >= look) {
      looked = now;
      const before = held;
      held = before ? before.then((known) => load().catch(() => known)) : load();
      // A failed first look is not kept: the files may come.
      held.catch(() => {
        held = undefined;
      });
    }
    return (await held).choose(servername);
  };
  const reload = (): void => {
    looked = Number.NEGATIVE_INFINITY;
  };
  return Object.assign(provider, { reload });
}

function ofCa({ hosts, dir = caDirectory(), ticketKeys }: TlsProviderOptions): () => Promise<Shown> {
  let held: (Shown & { readonly notAfter: number }) | undefined;
  return async () => {
    const { leafFor } = await import('./ca.ts');
    const { cert, key, notAfter } = await leafFor(hosts.flatMap(everyAddress), dir);
    if (held?.notAfter !== notAfter) {
      const shown = secure(cert, key, ticketKeys);
      held = { notAfter, choose: () => shown };
    }
    return held;
  };
}

/** A wildcard is no name; a client connects to one of the interfaces' addresses. */
function everyAddress(host: string): readonly string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

type Ready = ReadCertificate & { readonly options: SecureContextOptions };

/** Each pair stands for itself: one that cannot be used any more keeps what it had, and the others are renewed. */
function ofFiles(files: readonly CertificateFiles[], { ticketKeys }: TlsProviderOptions): () => Promise<Shown> {
  const held: (Ready | undefined)[] = files.map(() => undefined);
  const renew = async (pair: CertificateFiles, before: Ready | undefined): Promise<Ready> => {
    const read = await readCertificate(pair, before).catch((error: unknown) => {
      if (before) return before;
      throw error;
    });
    return read === before ? before : { ...read, options: secure(read.cert, read.key, ticketKeys) };
  };
  return async () => {
    const all = await Promise.all(files.map((pair, at) => renew(pair, held[at])));
    for (const [at, one] of all.entries()) held[at] = one;
    return {
      choose: (servername) => (servername === undefined ? all[0]! : certificateFor(all, servername)).options,
    };
  };
}

function secure(cert: string, key: string, ticketKeys: Buffer | undefined): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', honorCipherOrder: true, ...(ticketKeys ? { ticketKeys } : {}) };
}
