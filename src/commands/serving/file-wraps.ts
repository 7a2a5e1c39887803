/** What a session may see and change of the files, read off the flags: from the tree outwards. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { Journal } from '../../contracts/journal.ts';
import { parseReplyFault } from '../../kit/faults.ts';
import { type FilePath, isFileName } from '../../kit/file-path.ts';
import { withoutDotfiles } from '../../stores/wrap/files/dotfiles.ts';
import { events } from '../../stores/wrap/files/events.ts';
import { fileFaults } from '../../stores/wrap/files/faults.ts';
import { homes } from '../../stores/wrap/files/homes.ts';
import type { FileWrap } from '../../stores/wrap/files/house.ts';
import { keptOut } from '../../stores/wrap/files/kept-out.ts';
import { ownUploads } from '../../stores/wrap/files/own-uploads.ts';
import { quotas } from '../../stores/wrap/files/quota.ts';
import { noDelete, readOnly } from '../../stores/wrap/files/read-only.ts';
import { rights } from '../../stores/wrap/files/rights.ts';
import type { RightsWatch } from '../../stores/wrap/files/rights-watch.ts';
import { throttle } from '../../stores/wrap/files/throttle.ts';
import type { GlobalValues } from '../globals.ts';

export interface WrapOrder {
  readonly options: GlobalValues;
  /** Machine paths of what the server itself keeps. */
  readonly own: readonly (string | undefined)[];
  readonly root: string | undefined;
  readonly rights: RightsWatch | undefined;
  readonly journal: Journal;
}

export function fileWraps({ options, own, root, rights: watch, journal }: WrapOrder): readonly FileWrap[] {
  const { home, fileFail, fileQuota, fileCount, fileRate } = options;
  const inside = root === undefined ? [] : own.flatMap((path) => within(root, path));
  const wraps: FileWrap[] = [];
  if (fileFail.length > 0) wraps.push(fileFaults(fileFail.map(parseReplyFault)));
  if (inside.length > 0) wraps.push((tree) => keptOut(tree, inside));
  if (home !== undefined) wraps.push(homes(home, options.write));
  if (fileQuota !== undefined || fileCount !== undefined) {
    const limits = { bytes: fileQuota ?? Number.POSITIVE_INFINITY, files: fileCount ?? Number.POSITIVE_INFINITY };
    wraps.push(quotas(limits, (user) => (home === undefined ? '' : user)));
  }
  // Outside of the quota, which counts what is really there.
  if (options.write) wraps.push(ownUploads());
  if (watch) wraps.push(rights(watch.rules));
  if (!options.write) wraps.push(readOnly);
  if (!options.delete) wraps.push(noDelete);
  if (!options.dotfiles) wraps.push(withoutDotfiles);
  if (fileRate !== undefined) wraps.push(throttle(fileRate));
  wraps.push(events(journal));
  return wraps;
}

/** Where a machine path lies in the tree; nothing for one outside. */
function within(root: string, path: string | undefined): FilePath[] {
  if (path === undefined) return [];
  const way = relative(root, resolve(path));
  const names = way.split(sep);
  return way === '' || isAbsolute(way) || names[0] === '..' || !names.every(isFileName) ? [] : [names];
}
