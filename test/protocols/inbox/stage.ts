/** The inbox over a real door and a store in memory, and a client for its JSON. */
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { createAccounts } from '../../../src/auth/accounts.ts';
import { openLending } from '../../../src/auth/lent-inboxes.ts';
import { noRelease } from '../../../src/commands/serving/no-release.ts';
import type { Accounts } from '../../../src/contracts/accounts.ts';
import type { Delivery, Envelope } from '../../../src/contracts/delivery.ts';
import type { OpenStore } from '../../../src/contracts/store.ts';
import type { MailNames } from '../../../src/kit/mail-names.ts';
import { defaults } from '../../../src/kit/option.ts';
import type { InboxContext } from '../../../src/protocols/inbox/inbox.ts';
import { inbox } from '../../../src/protocols/inbox/protocol.ts';
import { server } from '../../../src/protocols/inbox/server.ts';
import { open as openMemory } from '../../../src/stores/memory/open.ts';
import { options as memoryOptions } from '../../../src/stores/memory/options.ts';
import { LIMITS, type Opened, open } from '../../net/door-fixture.ts';

export interface RowTold {
  readonly id: string;
  readonly subject: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly snippet: string | null;
  readonly attachments: number | null;
  readonly seen: boolean;
  readonly flagged: boolean;
  readonly tags: readonly string[];
  readonly extracted: string | null;
}

interface Judged {
  readonly result: string;
  readonly reason?: string;
  readonly domain?: string;
}

/** Whatever an answer may say; each test knows which of it is there. */
export interface Told extends RowTold {
  readonly schema: string;
  readonly code: string;
  readonly message: string;
  readonly cursor: number;
  readonly total: number;
  readonly unseen: number;
  readonly matched: number;
  readonly next: number | null;
  readonly messages: readonly RowTold[];
  readonly ids: readonly number[];
  readonly removed: number | readonly string[];
  readonly changed: readonly RowTold[];
  readonly added: readonly RowTold[];
  readonly reset: boolean;
  readonly html: string;
  readonly text: string;
  readonly cut: boolean;
  readonly inboxes: readonly { readonly name: string; readonly messages: number }[];
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly links: readonly { readonly url: string; readonly problems: readonly string[] }[];
  readonly unsubscribe: { readonly links: readonly string[]; readonly one_click: boolean; readonly problems: string[] };
  readonly checked: boolean;
  readonly notes: readonly string[];
  readonly hint: string;
  readonly client: { readonly address: string; readonly helo: string; readonly mail_from: string } | null;
  readonly spf: Judged | null;
  readonly dkim: readonly Judged[];
  readonly dmarc: Judged | null;
  readonly arc: (Judged & { readonly oldest_pass: number | null; readonly hops: readonly object[] }) | null;
  readonly header: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly parts: readonly { readonly type: string; readonly disposition: string; readonly content_id: string }[];
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly json: Told;
}

export interface Asking {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface InboxStage extends Opened {
  readonly store: OpenStore;
  /** Resolves to the message's id. */
  deliver(raw: string | Buffer, envelope?: Partial<Envelope>): Promise<string>;
  ask(path: string, how?: Asking): Promise<Answer>;
  /** The answer's head; its body is still to come. */
  begin(path: string, how?: Asking): Promise<IncomingMessage>;
}

export const ANYBODY: Accounts = {
  mode: 'any',
  verify: async () => undefined,
  settle: async () => undefined,
  owner: async () => undefined,
};

export async function inboxStage(
  more: Partial<Omit<InboxContext, 'services'>> & {
    /** A mode: the accounts that the store has. */
    readonly accounts?: Accounts | Accounts['mode'];
    readonly messages?: number;
    readonly release?: Delivery;
    readonly names?: MailNames;
  } = {},
): Promise<InboxStage> {
  const { accounts: chosen = ANYBODY, messages, release, names, ...context } = more;
  const values = { ...defaults(memoryOptions), ...(messages ? { memoryMessages: messages } : {}) };
  const store = await openMemory({ dir: undefined, options: values, log: () => {} });
  const { users: records, journal, mail } = store;
  const log = (): void => {};
  const accounts =
    typeof chosen === 'string'
      ? createAccounts({ records, mode: chosen, journal, log, throttleLoopback: false })
      : chosen;
  const lent = await openLending({ records, mail, journal, log });
  const handler = await server.open({
    services: {
      mail: store.mail,
      delivery: store.delivery,
      release: release ?? noRelease('no mail leaves here'),
      accounts,
      lent,
      journal: store.journal,
      queue: store.spool,
      names,
      instance: {
        ready: () => ({}),
        state: () => ({ servers: [{ id: 'smtp', connections: 1, accepted: 7, refused: 2 }] }),
        stop: async () => {},
        reload: async () => {},
      },
    },
    options: defaults(inbox.options),
    server: { id: 'inbox', scheme: 'inbox', hostname: 'localhost' },
    limits: LIMITS,
    tls: 'off',
    log: () => {},
    version: '0.0.0',
    ...context,
  } as InboxContext);
  const opened = await open(handler, { protocol: inbox });
  const send = (path: string, { method = 'GET', body, headers = {} }: Asking = {}): ClientRequest => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' || body === undefined ? {} : { 'content-type': 'application/json' };
    const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
    const call = httpRequest({
      host: '127.0.0.1',
      port: opened.door.port,
      method,
      path,
      agent: false,
      headers: { ...type, ...length, ...headers },
    });
    call.end(text);
    return call;
  };
  const begin = async (path: string, how?: Asking): Promise<IncomingMessage> => {
    const [answer] = (await once(send(path, how), 'response')) as [IncomingMessage];
    return answer;
  };
  return {
    ...opened,
    store,
    deliver: async (raw, envelope = {}) => {
      const draft = await store.delivery.open({
        from: 'sender@x.test',
        to: [{ address: 'ann@x.test' }],
        ...envelope,
      });
      await draft.write(Buffer.from(raw));
      return (await draft.commit()).id;
    },
    begin,
    ask: async (path, how) => {
      const answer = await begin(path, how);
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const json = answer.headers['content-type']?.startsWith('application/json')
        ? JSON.parse(body.toString())
        : undefined;
      return { status: answer.statusCode ?? 0, headers: answer.headers, body, json };
    },
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      lent.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** A message of a few lines. */
export function mail(fields: Readonly<Record<string, string>>, text = 'hello\r\n'): string {
  const all = { From: 'Sender <sender@x.test>', To: 'Ann <ann@x.test>', Subject: 'hi', ...fields };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${text}`;
}

export type SentEvent = { readonly id: string; readonly event: string; readonly data: Told };

/** Server-sent events, one after the other. */
export async function* eventsOf(answer: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent, undefined> {
  let text = '';
  for await (const chunk of answer) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (field('data') !== '') yield { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
    }
  }
  return undefined;
}
