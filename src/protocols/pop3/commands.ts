/**
 * The one table of POP3. What a server accepts and refuses, CAPA, the reference page, the redaction of transcripts and
 * what a client may send are all read off it.
 */
import { commandTable } from '../shared/command-table.ts';

/** RFC 1939 section 3. `upgrade`: STLS was answered and TLS has not begun; `closed`: QUIT was answered. */
export type State = 'authorization' | 'transaction' | 'upgrade' | 'closed';

export type Argument = 'name' | 'password' | 'mechanism' | 'response' | 'message' | 'lines';

export interface Rule {
  readonly in: readonly State[];
  readonly args: readonly Argument[];
  /** How many of `args`, from the end, may be left out. */
  readonly optional?: number;
  readonly help: string;
  readonly rfc: string;
  /** A positive reply is followed by lines up to a dot: always, or only without arguments. */
  readonly lines?: 'always' | 'bare';
  /** The state behind a positive reply. */
  readonly to?: State;
  /** The capability that announces it (RFC 2449 section 6); those every server has carry none. */
  readonly capability?: string;
  /** Everything from this argument on is hidden in transcripts. */
  readonly secret?: number;
}

const authorization = ['authorization'] as const;
const transaction = ['transaction'] as const;
const both = ['authorization', 'transaction'] as const;

export const COMMANDS = {
  CAPA: { in: both, args: [], lines: 'always', rfc: 'RFC 2449', help: 'what this server can do' },
  STLS: { in: authorization, args: [], to: 'upgrade', rfc: 'RFC 2595', capability: 'STLS', help: 'begin TLS' },
  UTF8: {
    in: authorization,
    args: [],
    rfc: 'RFC 6856',
    capability: 'UTF8 USER',
    help: 'the client takes UTF-8 in header fields',
  },
  USER: { in: authorization, args: ['name'], rfc: 'RFC 1939', capability: 'USER', help: 'whose mailbox it is' },
  PASS: {
    in: authorization,
    args: ['password'],
    secret: 0,
    to: 'transaction',
    rfc: 'RFC 1939',
    help: 'the password, spaces included',
  },
  AUTH: {
    in: authorization,
    args: ['mechanism', 'response'],
    optional: 2,
    secret: 1,
    lines: 'bare',
    to: 'transaction',
    rfc: 'RFC 5034',
    capability: 'SASL',
    help: 'log in by a SASL mechanism; alone, list them',
  },
  STAT: { in: transaction, args: [], rfc: 'RFC 1939', help: 'how many messages, how many octets' },
  LIST: {
    in: transaction,
    args: ['message'],
    optional: 1,
    lines: 'bare',
    rfc: 'RFC 1939',
    help: 'the size of a message, or of all',
  },
  UIDL: {
    in: transaction,
    args: ['message'],
    optional: 1,
    lines: 'bare',
    rfc: 'RFC 1939',
    capability: 'UIDL',
    help: 'the lasting id of a message, or of all',
  },
  RETR: { in: transaction, args: ['message'], lines: 'always', rfc: 'RFC 1939', help: 'a whole message' },
  TOP: {
    in: transaction,
    args: ['message', 'lines'],
    lines: 'always',
    rfc: 'RFC 1939',
    capability: 'TOP',
    help: 'the header of a message and so many lines of its body',
  },
  DELE: { in: transaction, args: ['message'], rfc: 'RFC 1939', help: 'mark a message; it goes at QUIT' },
  RSET: { in: transaction, args: [], rfc: 'RFC 1939', help: 'take all marks back' },
  NOOP: { in: transaction, args: [], rfc: 'RFC 1939', help: 'nothing' },
  QUIT: { in: both, args: [], to: 'closed', rfc: 'RFC 1939', help: 'remove what is marked and say goodbye' },
} as const satisfies Record<string, Rule>;

export type CommandName = keyof typeof COMMANDS;

export const { isCommand, ruleOf, syntaxOf } = commandTable<Rule, CommandName>(COMMANDS);
