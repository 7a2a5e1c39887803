/** Two places with mail, and a sync between them that is watched. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MailEnd } from '../../../src/commands/places/mail-end.ts';
import { createFilter } from '../../../src/commands/sync/filter.ts';
import { MailSync, type MailSyncOrder } from '../../../src/commands/sync/mail/mail-sync.ts';
import { MailLedger } from '../../../src/commands/transfers/mail/ledger.ts';
import type { MailStore } from '../../../src/contracts/mail.ts';
import type { MailFilesFormat } from '../../../src/contracts/store.ts';
import { defaults } from '../../../src/kit/option.ts';
import { open as openFiles } from '../../../src/stores/mail-files/open.ts';
import { open as openMemory } from '../../../src/stores/memory/open.ts';
import { options } from '../../../src/stores/memory/options.ts';
import type { Result, Ui } from '../../../src/ui/ui.ts';
import { message, whole } from '../../conformance/harness.ts';

export interface Scene extends AsyncDisposable {
  readonly from: MailEnd;
  readonly to: MailEnd;
  /** For states and files; goes with the scene. */
  readonly home: string;
  sync(more?: Partial<MailSyncOrder> & { readonly dryRun?: boolean; readonly states?: string }): Promise<Synced>;
}

export interface Synced {
  readonly summary: Result;
  readonly steps: readonly Result[];
  readonly warnings: readonly string[];
}

export async function memoryEnd(name: string): Promise<MailEnd> {
  const store = await openMemory({ dir: undefined, options: defaults(options), log: () => {} });
  const mail = await store.mail.of(name);
  return {
    mail,
    mailbox: undefined,
    home: name,
    isLasting: () => true,
    shown: name,
    [Symbol.asyncDispose]: async () => {},
  };
}

export async function filesEnd(path: string, format?: MailFilesFormat): Promise<MailEnd> {
  const files = await openFiles(path, format);
  return {
    mail: files.mail,
    mailbox: files.single ? 'INBOX' : undefined,
    home: path,
    isLasting: files.isLasting,
    shown: path,
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}

export async function scene(ends: { readonly from?: MailEnd; readonly to?: MailEnd } = {}): Promise<Scene> {
  const { from = await memoryEnd('a@x.test'), to = await memoryEnd('b@x.test') } = ends;
  const home = mkdtempSync(join(tmpdir(), 'cs-mail-sync-'));
  return {
    from,
    to,
    home,
    sync: (more = {}) => synced({ from, to, ...more }, join(home, more.states ?? 'states'), more.dryRun ?? false),
    [Symbol.asyncDispose]: async () => rmSync(home, { recursive: true, force: true }),
  };
}

/** @param states where it is remembered */
export async function synced(
  order: Pick<MailSyncOrder, 'from' | 'to'> & Partial<MailSyncOrder>,
  states: string | undefined,
  dryRun = false,
): Promise<Synced> {
  const steps: Result[] = [];
  const warnings: string[] = [];
  let summary: Result | undefined;
  const ui = {
    json: true,
    item: async (object: Result) => void steps.push(object),
    result: async (object: Result) => {
      summary = object;
    },
    note: () => {},
    detail: () => {},
    warn: (text: string) => void warnings.push(text),
    progress: () => ({ update() {}, end() {} }),
  } as unknown as Ui;
  const ledger = new MailLedger(ui, true, dryRun);
  const rules = { dryRun, ledger, states, signal: new AbortController().signal, moved: () => {}, settling: 5000 };
  const usual = { filter: createFilter([], []), atOnce: 1, retries: 0, removes: undefined, warn: ui.warn };
  await new MailSync({ ...usual, rules, ...order }).run();
  await ledger.end('cs.sync/1').catch((error: { code?: string }) => {
    if (error.code !== 'CS_PARTIAL') throw error;
  });
  return { summary: summary!, steps, warnings };
}

export async function add(
  mail: MailStore,
  mailbox: string,
  text: string | Buffer,
  flags: readonly string[] = [],
  receivedAt = '2020-01-02T03:04:05.000Z',
): Promise<number> {
  const draft = await mail.append!(mailbox, { flags, receivedAt });
  await draft.write(typeof text === 'string' ? message(text) : text);
  return (await draft.commit()).uid;
}

/** Four mailboxes, nested and not, with flags and dates. */
export async function fill(mail: MailStore, each = 5): Promise<void> {
  await mail.create?.('Sent', { use: ['\\Sent'] });
  await mail.create?.('Work/2026 ä');
  await mail.create?.('Empty');
  await mail.subscribe?.('Sent', true);
  for (const box of ['INBOX', 'Sent', 'Work/2026 ä']) {
    for (let at = 0; at < each; at++) {
      const flags = [[], ['\\Seen'], ['\\Answered', '\\Flagged', '\\Seen']][at % 3]!;
      await add(mail, box, `${box} ${at}`, flags, new Date(1.5e12 + at * 1000).toISOString());
    }
  }
}

/** Everything that a sync has to carry, comparable. */
export async function contents(mail: MailStore, how: { readonly flags?: false } = {}): Promise<unknown> {
  const all: Record<string, unknown[]> = {};
  for (const { name } of await mail.mailboxes()) {
    const rows = [];
    for (const { uid, flags, receivedAt } of await mail.list(name)) {
      const octets = (await whole(mail.read(name, uid))).toString('latin1');
      rows.push({ octets, receivedAt, ...(how.flags === false ? {} : { flags: [...flags].sort() }) });
    }
    all[name] = rows.sort((a, b) => (a.octets < b.octets ? -1 : 1));
  }
  return Object.fromEntries(Object.entries(all).sort());
}
