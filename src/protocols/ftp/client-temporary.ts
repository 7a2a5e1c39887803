/** Names of uploads that are not whole yet: beside the file, for FTP has no other place that a rename can reach. */
import { createHash, randomBytes } from 'node:crypto';
import { type FileName, type FilePath, fileName, showPath } from '../../kit/file-path.ts';

/** Octets of a name that leave room for what a temporary one adds. */
const STEM = 230;
const TEMPORARY = /\.cs-[0-9a-f]{12}\.part$/;

/** No dotfile, for careful servers refuse those. The same for the same stage, so that it is found again. */
export function temporaryPath(path: FilePath, stage: string | undefined): FilePath {
  const name = path.at(-1) as FileName;
  const id =
    stage === undefined
      ? randomBytes(6).toString('hex')
      : createHash('sha256')
          .update(`${stage}\n${showPath(path)}`)
          .digest('hex')
          .slice(0, 12);
  return [...path.slice(0, -1), fileName(`${stem(name)}.cs-${id}.part`)];
}

/** Milliseconds for which an upload that was cut may be gone on with (see `WriteOrder`). */
const KEPT_FOR = 86_400_000;

/** What an upload left that nobody will go on with. @param modified as the server tells it */
export function isLeftOver(name: string, modified: number | undefined, now = Date.now()): boolean {
  return isTemporary(name) && modified !== undefined && modified < now - KEPT_FOR;
}

/** Listings leave them out: nobody sees an upload before it is whole. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

function stem(name: string): string {
  let kept = '';
  for (const letter of name) {
    if (Buffer.byteLength(kept) + Buffer.byteLength(letter) > STEM) break;
    kept += letter;
  }
  return kept;
}
