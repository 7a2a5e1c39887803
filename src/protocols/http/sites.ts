/** Virtual hosts: which directory of the tree a host name's files are in. */
import { CsError } from '../../kit/errors.ts';
import { type FilePath, ROOT, resolvePath } from '../../kit/file-path.ts';
import { parseAuthority } from '../shared/http/authority.ts';

export interface Sites {
  /** Every name that is answered for. */
  readonly hosts: readonly string[];
  /** @param host lower case, without its port */
  home(host: string): FilePath;
}

/** @param written `NAME=DIR`. Throws `CS_USAGE`. */
export function readSites(written: readonly string[]): Sites {
  const homes = new Map(written.map(readSite));
  return { hosts: [...homes.keys()], home: (host) => homes.get(host) ?? ROOT };
}

function readSite(text: string): [string, FilePath] {
  const at = text.indexOf('=');
  const authority = parseAuthority(text.slice(0, at));
  if (at === -1 || authority === undefined || authority.port !== undefined) {
    throw new CsError('CS_USAGE', `--vhost is NAME=DIR: ${JSON.stringify(text)}`, {
      hint: '--vhost docs.localhost=docs',
    });
  }
  return [authority.host, resolvePath(ROOT, text.slice(at + 1))];
}
