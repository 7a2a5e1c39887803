/** MFMT, and what servers had before it, for times; SITE CHMOD for permissions. */
import type { Attributes } from '../../contracts/files.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { Manner } from './client-manner.ts';
import { remotePath } from './client-path.ts';
import { isPositive, isUnknown } from './client-reply.ts';
import type { Command } from './client-wire.ts';
import { formatTime } from './time-value.ts';
import type { Reply } from './wire.ts';

export interface Attribute {
  readonly what: 'MFMT' | 'MDTM' | 'CHMOD';
  readonly command: Command;
}

/** The commands for those that the server is not known to lack. */
export function attributeCommands(
  { features, without, root }: Manner,
  path: FilePath,
  { modified, mode }: Attributes,
): readonly Attribute[] {
  const at = remotePath(root, path);
  const wishes: Attribute[] = [];
  if (mode !== undefined && !without.has('CHMOD')) {
    wishes.push({ what: 'CHMOD', command: ['SITE', 'CHMOD', (mode & 0o777).toString(8).padStart(3, '0'), at] });
  }
  if (modified === undefined) return wishes;
  // Whole seconds: all that the grammar of MFMT promises, and what every server takes.
  const time = formatTime(Math.floor(modified / 1000) * 1000);
  if (features.has('MFMT')) wishes.push({ what: 'MFMT', command: ['MFMT', time, at] });
  else if (features.has('MDTM') && !without.has('MDTM'))
    wishes.push({ what: 'MDTM', command: ['MDTM', `${time} ${at}`] });
  return wishes;
}

/** Remembers which of them the server does not have; gives back the first refusal that means something else. */
export function noteAttributes(
  manner: Manner,
  wishes: readonly Attribute[],
  replies: readonly Reply[],
): Reply | undefined {
  let refused: Reply | undefined;
  for (const [at, { what }] of wishes.entries()) {
    const reply = replies[at]!;
    if (isPositive(reply)) continue;
    // An old MDTM takes the time for a part of the name, and finds no such file.
    if (isUnknown(reply) || what === 'MDTM') manner.without.add(what);
    else refused ??= reply;
  }
  return refused;
}
