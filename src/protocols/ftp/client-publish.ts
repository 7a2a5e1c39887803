/** How an upload that is whole gets its name, in as few round trips as keep half a file from ever having it. */
import type { WriteOrder } from '../../contracts/file-draft.ts';
import type { Attributes, FileFacts } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { type Attribute, attributeCommands, noteAttributes } from './client-attributes.ts';
import { remotePath } from './client-path.ts';
import { isIntermediate, isPositive, refusal } from './client-reply.ts';
import type { ClientSession } from './client-session.ts';
import { arrivalCommands, arrivalFacts, named, statIfThere } from './client-stat.ts';
import type { Command } from './client-wire.ts';
import type { Reply } from './wire.ts';

export interface Publication {
  readonly session: ClientSession;
  readonly path: FilePath;
  readonly order: WriteOrder;
  /** Where its octets are. */
  readonly temporary: FilePath;
  /** As many as were sent. */
  readonly length: number;
  /** What had the name when it began. */
  readonly old: FileFacts | undefined;
}

/**
 * Whole is what the far end has as many octets of (RFC 3659 section 4). It has its time and its permissions before it has
 * its name. Throws `CS_UNKNOWN_OUTCOME` where octets are missing, and what the order forbids.
 */
export async function publish(what: Publication, attributes: Attributes): Promise<FileFacts> {
  const { session, temporary, order } = what;
  const { root, features } = session.manner;
  const from = remotePath(root, temporary);
  const looks = order.mode !== 'replace' || order.ifTag !== undefined;
  const wishes = attributeCommands(session.manner, temporary, attributes);
  const sizes: readonly Command[] = features.has('SIZE') ? [['SIZE', from]] : [];
  // RNFR by itself does nothing; where somebody has to look before RNTO, it waits.
  const replies = await session.askAll([
    ...sizes,
    ...wishes.map(({ command }) => command),
    ...(looks ? [] : [['RNFR', from] as const]),
  ]);
  if (sizes.length > 0) check(what, replies[0]!);
  const answers = replies.slice(sizes.length);
  noteAttributes(session.manner, wishes, answers);
  if (looks) await assertUnchanged(what);
  const begun = looks ? await session.ask('RNFR', from) : answers.at(-1)!;
  return take(what, begun, timeSet(wishes, answers, attributes));
}

/** Where things may be dropped and not looked at there is no number; 226 has said that it is whole, and RNFR that it is there. */
function check({ path, length }: Publication, reply: Reply): void {
  if (reply.code >= 500) return;
  if (!isPositive(reply)) throw refusal('SIZE', reply);
  const there = Number(reply.lines.at(-1));
  if (there === length) return;
  const words = `${there} of ${length} octets of ${showPath(path)} have arrived`;
  throw new CsError('CS_UNKNOWN_OUTCOME', words, { hint: 'try again; nothing has changed under the name' });
}

/** FTP has no rename that spares what is there: the look before is all there is. */
async function assertUnchanged({ session, path, order, old }: Publication): Promise<void> {
  const now = await statIfThere(session, path);
  if (order.mode === 'new' && now) throw named('CS_EXISTS', path);
  if (order.ifTag !== undefined && now?.tag !== order.ifTag) throw named('CS_CHANGED', path);
  if (order.mode === 'update' && !alike(now, old)) throw named('CS_CHANGED', path);
}

/** RNTO, and a look at what has the name then. @param begun the reply to RNFR  @param time as it was set */
async function take(what: Publication, begun: Reply, time: number | undefined): Promise<FileFacts> {
  const { session, path, temporary, length } = what;
  const { root } = session.manner;
  const to = remotePath(root, path);
  if (!isIntermediate(begun)) throw refusal('RNFR', begun);
  const [moved, told] = await session.askAll([['RNTO', to], ...arrivalCommands(session.manner, path, time)]);
  if (isPositive(moved!)) return arrivalFacts(session, path, told, { size: length, time });
  // Some servers (IIS) rename onto nothing: then what is there goes first, and for a moment there is nothing.
  const now = await statIfThere(session, path);
  if (now?.kind !== 'file') throw refusal('RNTO', moved!);
  await session.demand('DELE', to);
  const [first, second] = await session.askAll([
    ['RNFR', remotePath(root, temporary)],
    ['RNTO', to],
  ]);
  if (!isIntermediate(first!)) throw refusal('RNFR', first!);
  if (!isPositive(second!)) throw refusal('RNTO', second!);
  return arrivalFacts(session, path, undefined, { size: length, time });
}

/** The time that the server has taken over; it knows whole seconds. */
function timeSet(
  wishes: readonly Attribute[],
  replies: readonly Reply[],
  { modified }: Attributes,
): number | undefined {
  const at = wishes.findIndex(({ what }) => what !== 'CHMOD');
  if (at === -1 || modified === undefined || !isPositive(replies[at]!)) return undefined;
  return Math.floor(modified / 1000) * 1000;
}

function alike(a: FileFacts | undefined, b: FileFacts | undefined): boolean {
  return a?.size === b?.size && a?.modified === b?.modified && a?.tag === b?.tag;
}
