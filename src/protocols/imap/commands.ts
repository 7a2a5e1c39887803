/**
 * The one table of IMAP's commands: in which state each may be sent, whether it has a UID form, what the server may tell
 * beside its answer. The order of the answers is the same for all of them (server.ts).
 */
import { commandsOf } from '../shared/command-table.ts';

/** RFC 9051 section 3. `closed`: LOGOUT was answered. */
export type State = 'login' | 'authenticated' | 'selected' | 'closed';

export interface Rule {
  readonly in: readonly State[];
  readonly help: string;
  readonly rfc: string;
  /** `UID COMMAND` is there too. */
  readonly uid?: true;
  /** Only the UID form is there. */
  readonly onlyUid?: true;
  /** What else happened is asked for and told: always, or where something may have happened. */
  readonly news?: 'always' | 'hinted';
  /** EXPUNGE may be told behind its own form without UID (RFC 9051 section 7.5.1). */
  readonly expunge?: true;
  /** Shows a password: refused while it would be heard. */
  readonly secret?: true;
}

const any = ['login', 'authenticated', 'selected'] as const;
const login = ['login'] as const;
const authenticated = ['authenticated', 'selected'] as const;
const selected = ['selected'] as const;
const told = { news: 'always', expunge: true } as const;

export const COMMANDS = {
  CAPABILITY: { in: any, rfc: 'RFC 9051', help: 'what this server can do' },
  NOOP: { in: any, ...told, rfc: 'RFC 9051', help: 'nothing; what happened is told' },
  LOGOUT: { in: any, rfc: 'RFC 9051', help: 'say goodbye' },
  ID: { in: any, rfc: 'RFC 2971', help: 'who is at the other end' },
  STARTTLS: { in: login, rfc: 'RFC 9051', help: 'begin TLS' },
  AUTHENTICATE: { in: login, secret: true, rfc: 'RFC 9051', help: 'log in by a SASL mechanism' },
  LOGIN: { in: login, secret: true, rfc: 'RFC 9051', help: 'log in by name and password' },
  ENABLE: { in: authenticated, rfc: 'RFC 5161', help: 'the client understands an extension' },
  UNAUTHENTICATE: { in: authenticated, rfc: 'RFC 8437', help: 'log out, and stay' },
  COMPRESS: { in: authenticated, rfc: 'RFC 4978', help: 'deflate both ways from here on' },
  SELECT: { in: authenticated, rfc: 'RFC 9051', help: 'open a mailbox' },
  EXAMINE: { in: authenticated, rfc: 'RFC 9051', help: 'open a mailbox, to read only' },
  CREATE: { in: authenticated, ...told, rfc: 'RFC 9051', help: 'make a mailbox' },
  DELETE: { in: authenticated, ...told, rfc: 'RFC 9051', help: 'remove a mailbox' },
  RENAME: { in: authenticated, ...told, rfc: 'RFC 9051', help: 'give a mailbox another name' },
  SUBSCRIBE: { in: authenticated, ...told, rfc: 'RFC 9051', help: 'list a mailbox among the subscribed' },
  UNSUBSCRIBE: { in: authenticated, ...told, rfc: 'RFC 9051', help: 'the reverse' },
  LIST: { in: authenticated, ...told, rfc: 'RFC 9051', help: 'names of mailboxes' },
  LSUB: { in: authenticated, ...told, rfc: 'RFC 3501', help: 'names of subscribed mailboxes' },
  NAMESPACE: { in: authenticated, rfc: 'RFC 2342', help: 'where names begin' },
  STATUS: { in: authenticated, ...told, rfc: 'RFC 9051', help: 'figures of a mailbox' },
  APPEND: { in: authenticated, ...told, rfc: 'RFC 9051', help: 'store messages' },
  IDLE: { in: authenticated, rfc: 'RFC 2177', help: 'tell what happens, as it happens' },
  GETQUOTA: { in: authenticated, rfc: 'RFC 9208', help: 'how much is used, and how much there is' },
  GETQUOTAROOT: { in: authenticated, rfc: 'RFC 9208', help: 'the same, of a mailbox' },
  REPLACE: { in: selected, uid: true, ...told, rfc: 'RFC 8508', help: 'store a message in the place of another' },
  CHECK: { in: selected, ...told, rfc: 'RFC 3501', help: 'nothing' },
  CLOSE: { in: selected, rfc: 'RFC 9051', help: 'remove what is marked and leave the mailbox' },
  UNSELECT: { in: selected, rfc: 'RFC 3691', help: 'leave the mailbox' },
  EXPUNGE: { in: selected, uid: true, ...told, rfc: 'RFC 9051', help: 'remove what is marked' },
  SORT: { in: selected, uid: true, rfc: 'RFC 5256', help: 'find messages, in an order' },
  THREAD: { in: selected, uid: true, rfc: 'RFC 5256', help: 'find messages, by who answered whom' },
  SEARCH: { in: selected, uid: true, rfc: 'RFC 9051', help: 'find messages' },
  FETCH: { in: selected, uid: true, news: 'hinted', rfc: 'RFC 9051', help: 'parts and facts of messages' },
  STORE: { in: selected, uid: true, news: 'hinted', rfc: 'RFC 9051', help: 'change flags' },
  COPY: { in: selected, uid: true, ...told, rfc: 'RFC 9051', help: 'file messages elsewhere too' },
  MOVE: { in: selected, uid: true, ...told, rfc: 'RFC 6851', help: 'file messages elsewhere' },
} as const satisfies Record<string, Rule>;

export type CommandName = keyof typeof COMMANDS;

export const { isCommand, ruleOf } = commandsOf<Rule, CommandName>(COMMANDS);
