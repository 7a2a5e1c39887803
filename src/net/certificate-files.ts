/** A certificate and its key as files: read when they change, and which names they are for. */
import { X509Certificate } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { CsError } from '../kit/errors.ts';
import { checkPrivate } from './ca-directory.ts';
import { isPair } from './ca-pem.ts';

/** PEM: the chain, leaf first, and the leaf's key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface ReadCertificate {
  readonly cert: string;
  readonly key: string;
  readonly leaf: X509Certificate;
  /** Tells a new state of the files from the one read. */
  readonly mark: string;
}

/** @param before what is given back where nothing changed. Throws `CS_NOT_FOUND`, `CS_CONFIG`, `CS_UNSAFE` (others can read the key). */
export async function readCertificate(files: CertificateFiles, before?: ReadCertificate): Promise<ReadCertificate> {
  const [certStat, keyStat] = await Promise.all([found(files.cert), found(files.key)]);
  const mark = [certStat, keyStat].map(({ mtimeMs, ino, size }) => `${mtimeMs} ${ino} ${size}`).join('\n');
  if (before?.mark === mark) return before;
  checkPrivate(files.key, keyStat, 0o007);
  const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
  if (!isPair({ cert, key })) {
    throw new CsError('CS_CONFIG', `the key in ${files.key} does not belong to the certificate in ${files.cert}`, {
      hint: 'both are PEM; the server certificate comes first in its file',
    });
  }
  return { cert, key, leaf: new X509Certificate(cert), mark };
}

/** The first that names the server so, else the first whose wildcard fits (RFC 6125 section 6.4.3), else the first. */
export function certificateFor<C extends Pick<ReadCertificate, 'leaf'>>(all: readonly C[], servername: string): C {
  // No host has such a name, and `checkHost` would throw for some.
  if (!/^[\w.-]{1,253}$/.test(servername)) return all[0]!;
  let wild: C | undefined;
  for (const one of all) {
    const name = one.leaf.checkHost(servername, { partialWildcards: false });
    if (name?.toLowerCase() === servername.toLowerCase()) return one;
    if (name !== undefined) wild ??= one;
  }
  return wild ?? all[0]!;
}

function found(path: string): Promise<Stats> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new CsError('CS_NOT_FOUND', `cannot read ${path}: ${error.code}`, { cause: error });
  });
}
