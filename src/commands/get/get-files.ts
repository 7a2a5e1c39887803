/** One file to stdout or to `-o FILE`; several below the directory that `-o` names. */
import { stat } from 'node:fs/promises';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { expand } from '../places/expand.ts';
import { type Operand, parseOperand } from '../places/operand.ts';
import type { FilePlace, Found } from '../places/place.ts';
import { about } from '../places/words.ts';
import { copyAll } from '../transfers/copying.ts';
import { openSession, type Session } from '../transfers/session.ts';
import type { getOptions } from './command.ts';

type Context = CommandContext<typeof getOptions>;

/** A file inside JSON is held as a whole. */
const JSON_LIMIT = 64 * 1024 * 1024;

export async function getFiles(ctx: Context): Promise<void> {
  const { output, recursive, dryRun } = ctx.options;
  const sources = ctx.operands.map(parseOperand);
  if (sources.some(({ kind }) => kind === 'stdio')) throw new CsError('CS_USAGE', '- names nothing to fetch');
  await using session = openSession(ctx, 'fetching');
  const [only] = sources;
  const several = recursive || sources.length > 1 || only === undefined || only.patterns.length > 0;
  if (!several && (output === undefined || output === '-' || (await isDevice(output)))) return one(ctx, session, only);
  ctx.ui.keepOutput();
  const target = several ? await directory(output ?? '.') : parseOperand(output ?? '.');
  await copyAll(session, { sources, target, recursive, move: false, dryRun });
  await session.ledger.end('cs.get/1', { dry_run: dryRun });
}

/** `/dev/null`, a pipe: written to, and nothing takes its place. */
async function isDevice(output: string): Promise<boolean> {
  const facts = await stat(output).catch(() => undefined);
  return facts !== undefined && !facts.isFile() && !facts.isDirectory();
}

/** With a slash: it has to be one. */
async function directory(output: string): Promise<Operand> {
  const facts = await stat(output).catch(() => undefined);
  if (facts?.isDirectory()) return parseOperand(output);
  throw new CsError('CS_NOT_DIRECTORY', `${output} is no directory`, { hint: `cs mkdir -p ${output}` });
}

async function one(ctx: Context, session: Session, operand: Operand): Promise<void> {
  const place = await session.places.open(operand);
  for await (const found of expand(place, session.rules.signal, session.patience.moved)) {
    if (found.facts.kind === 'directory') {
      throw new CsError('CS_IS_DIRECTORY', `${place.show(found.path)} is a directory`, {
        hint: 'cs ls shows what it holds; cs get -r fetches it',
      });
    }
    const { json, pick, format } = ctx.options;
    const asked = json !== undefined || pick !== undefined || format !== undefined;
    await (asked ? asObject(ctx, session, place, found) : asOctets(ctx, session, place, found));
  }
}

async function asOctets({ ui }: Context, session: Session, place: FilePlace, found: Found): Promise<void> {
  const { rules, ledger } = session;
  ledger.expect(found.facts.size);
  for await (const chunk of octets(session, place, found)) {
    const { length } = chunk;
    await rules.pace?.take(length);
    await ui.bytes(chunk);
    rules.moved(length);
  }
}

async function* octets({ rules }: Session, place: FilePlace, { path }: Found): AsyncGenerator<Uint8Array> {
  await using file = await about(place, path, place.tree.open(path, rules.signal));
  let length = 0;
  for await (const chunk of file.read()) {
    rules.signal.throwIfAborted();
    length += chunk.length;
    yield chunk;
  }
  rules.signal.throwIfAborted();
  if (length !== file.facts.size)
    throw new CsError('CS_CHANGED', `${place.show(path)} ended after ${length} octets of ${file.facts.size}`);
}

/** `text` where it is UTF-8, else `base64`: what is no text must not become other octets. */
async function asObject({ ui }: Context, session: Session, place: FilePlace, found: Found): Promise<void> {
  const { facts, path } = found;
  if (facts.size > JSON_LIMIT) throw new CsError('CS_LIMIT', 'the file is too large for JSON', { hint: '-o FILE' });
  const chunks: Uint8Array[] = [];
  for await (const chunk of octets(session, place, found)) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  const text = whole.toString('utf8');
  const content: Readonly<Record<string, string>> = Buffer.from(text).equals(whole)
    ? { text }
    : { base64: whole.toString('base64') };
  const modified = facts.modified > 0 ? new Date(facts.modified).toISOString() : null;
  const result = { schema: 'cs.get/1', url: place.show(path), size: facts.size, modified_at: modified, ...content };
  await ui.result(result, () => text);
}
