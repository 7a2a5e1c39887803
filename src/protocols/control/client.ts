import type { FieldLines } from '../../contracts/exchange.ts';
import type { Instance } from '../../contracts/instance.ts';
import type { Journal } from '../../contracts/journal.ts';
import type { MailHouse } from '../../contracts/mail.ts';
import type { ClientContext, ClientEnd, Dial } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import { HttpClient } from '../shared/http/client.ts';
import { Calls } from './calls.ts';
import { remoteFiles } from './remote-files.ts';
import { remoteSince } from './remote-journal.ts';
import { remoteMail } from './remote-mail.ts';
import { remoteQueue } from './remote-queue.ts';
import { factOf, number, record } from './wording.ts';

/** A running instance: its journal, all its mail, itself. `mail` is everything captured (owner `*`). */
export const client: ClientEnd = {
  async connect(dial: Dial, { target, signal }: ClientContext) {
    const headers: FieldLines = target.password ? [['Authorization', `Bearer ${target.password.reveal()}`]] : [];
    const host = target.socket !== undefined || target.host === '' ? 'localhost' : hostHeader(target.host, target.port);
    const http = new HttpClient({ dial: () => dial(target), host, headers, signal });
    const calls = new Calls(http);
    const instance = await remoteInstance(calls).catch(async (error: unknown) => {
      await http[Symbol.asyncDispose]();
      throw error;
    });
    const house: MailHouse = {
      of: async (owner) => remoteMail(calls, owner),
      lock: () => undefined,
      clear: async () => number(record(await calls.post('/v1/clear', { kind: 'mail' })), 'cleared'),
    };
    return {
      instance,
      house,
      journal: remoteJournal(calls),
      mail: remoteMail(calls, '*'),
      files: remoteFiles(calls),
      queue: remoteQueue(calls),
      [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
    };
  },
};

function hostHeader(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Ready and state are those of the moment of connecting; asking for them also tells a wrong token before all else. */
async function remoteInstance(calls: Calls): Promise<Instance> {
  const ready = record(await calls.get('/v1/ready')) as ReturnType<Instance['ready']>;
  const state = record(await calls.get('/v1/state')) as ReturnType<Instance['state']>;
  return {
    ready: () => ready,
    state: () => state,
    stop: async () => void (await calls.post('/v1/stop', {})),
    reload: async () => void (await calls.post('/v1/reload', {})),
  };
}

const KINDS: Readonly<Record<string, string>> = { 'file.stored': 'file' };

function remoteJournal(calls: Calls): Journal {
  return {
    add: () => Promise.reject(new CsError('CS_USAGE', 'facts are made by the instance itself')),
    mark: async () => number(record(await calls.post('/v1/mark', {})), 'cursor'),
    since: (cursor, events, signal) => remoteSince(calls, cursor, events, signal),
    clear: async (event, { dryRun } = { dryRun: false }) => {
      const answer = record(await calls.post('/v1/clear', { kind: KINDS[event] ?? event, dry_run: dryRun }));
      return number(answer, 'cleared');
    },
    claim: async (cursor, exclusive) => record(await calls.post('/v1/claim', { cursor, exclusive })).claimed === true,
    unclaimed: async (events) => {
      const facts = [];
      for await (const line of calls.lines('/v1/unclaimed', { events: events.join(',') })) facts.push(factOf(line));
      return facts;
    },
  };
}
