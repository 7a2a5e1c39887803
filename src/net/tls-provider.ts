/** What a server shows in its handshakes: the files of `--cert` and `--key`, or a certificate of the local CA. */
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { SecureContextOptions } from 'node:tls';
import { CsError } from '../kit/errors.ts';
import { caDirectory, checkPrivate } from './ca-directory.ts';
import { isPair } from './ca-pem.ts';

export interface TlsProviderOptions {
  /** PEM: the chain, leaf first. With `keyFile`; without both the local CA gives one. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Names and addresses it is for; those the CA may not vouch for are left out. `0.0.0.0` and `::` mean every interface. */
  readonly hosts: readonly string[];
  /** The CA's directory. */
  readonly dir?: string;
  /** Milliseconds between two looks at the files; 1 s. */
  readonly look?: number;
}

/**
 * Asked at every handshake; answers with the same object until there is something new: changed files, or a certificate
 * close to its end. The first answer may throw `CS_NOT_FOUND`, `CS_CONFIG`, `CS_UNSAFE` (others can read the key);
 * afterwards files that cannot be used leave the old certificate in place.
 */
export interface TlsProvider {
  (): Promise<SecureContextOptions>;
  /** Look at the next handshake, whenever the last look was. */
  reload(): void;
}

interface Held {
  readonly options: SecureContextOptions;
  /** Tells a new state of the source from the one held. */
  readonly mark: string;
}

export function tlsProvider(options: TlsProviderOptions): TlsProvider {
  const { certFile, keyFile, look = 1000 } = options;
  const load =
    certFile === undefined || keyFile === undefined
      ? (held?: Held) => fromCa(options, held)
      : (held?: Held) => fromFiles(certFile, keyFile, held);
  let held: Promise<Held> | undefined;
  let looked = Number.NEGATIVE_INFINITY;

  const provider = async (): Promise<SecureContextOptions> => {
    const now = performance.now();
    if (held === undefined || now - looked >= look) {
      looked = now;
      const before = held;
      held = before ? before.then((known) => load(known).catch(() => known)) : load();
      // A failed first look is not kept: the files may come.
      held.catch(() => {
        held = undefined;
      });
    }
    return (await held).options;
  };
  const reload = (): void => {
    looked = Number.NEGATIVE_INFINITY;
  };
  return Object.assign(provider, { reload });
}

async function fromCa({ hosts, dir = caDirectory() }: TlsProviderOptions, held?: Held): Promise<Held> {
  const { leafFor } = await import('./ca.ts');
  const leaf = await leafFor(hosts.flatMap(everyAddress), dir);
  const mark = `${leaf.notAfter}`;
  return held?.mark === mark ? held : { mark, options: secure(leaf.cert, leaf.key) };
}

/** A wildcard is no name; a client connects to one of the interfaces' addresses. */
function everyAddress(host: string): readonly string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

async function fromFiles(certFile: string, keyFile: string, held?: Held): Promise<Held> {
  const [certStat, keyStat] = await Promise.all([found(certFile), found(keyFile)]);
  const mark = [certStat, keyStat].map(({ mtimeMs, ino, size }) => `${mtimeMs} ${ino} ${size}`).join('\n');
  if (held?.mark === mark) return held;
  checkPrivate(keyFile, keyStat, 0o007);
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  if (!isPair({ cert, key })) {
    throw new CsError('CS_CONFIG', `the key in ${keyFile} does not belong to the certificate in ${certFile}`, {
      hint: 'both are PEM; the server certificate comes first in its file',
    });
  }
  return { mark, options: secure(cert, key) };
}

function secure(cert: string, key: string): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', honorCipherOrder: true };
}

function found(path: string): Promise<Stats> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CsError('CS_NOT_FOUND', `cannot read ${path}: ${error.code}`, { cause: error });
  });
}
