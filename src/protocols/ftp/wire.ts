/** The grammar that both ends share: requests and replies, octets ↔ values. Both ways round: parse(format(x)) = x. */
import { CsError } from '../../kit/errors.ts';
import { lineText } from '../shared/reply-lines.ts';
import {
  ABSENT,
  ALIASES,
  type Argument,
  type CommandName,
  isCommand,
  ruleOf,
  type State,
  syntaxOf,
} from './commands.ts';

/** Octets of a command without its CRLF: a path of 4 KiB fits, also where every octet of it is quoted. */
export const COMMAND_LIMIT = 8190;

export interface Request {
  readonly name: CommandName;
  /** As written, after the keyword. */
  readonly args: readonly string[];
}

/** RFC 959 section 4.2. One line, or a first, lines between and a last. */
export interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const CONTROLS = /[\0-\x08\x0a-\x1f\x7f]/;
const CHECK: Readonly<Record<Argument, RegExp>> = {
  name: /./s,
  password: /(?:)/,
  path: /./s,
  text: /./s,
  word: /^\S+$/,
  // Fifteen digits are more than any file has, and every one of these numbers is exact.
  octets: /^\d{1,15}$/,
  record: /^[Rr] \d{1,15}$/,
  // RFC 3659 section 2.3.
  time: /^\d{14}(?:\.\d{1,9})?$/,
  facts: /^(?:[A-Za-z0-9.-]{1,32}=[^;=\s]{1,64};)+$/,
  type: /^(?:[AEae](?: [NTCntc])?|[Ii]|[Ll] \d{1,3})$/,
  letter: /^[A-Za-z]$/,
  'host-port': /^(?:\d{1,3},){5}\d{1,3}$/,
  network: /^([\x21-\x7e])[12]\1[0-9A-Fa-f:.%]{2,64}\1\d{1,5}\1$/,
};

/** The reply to a line that is no request; with the command where one is named. */
export interface Refused extends Reply {
  readonly name?: CommandName;
}

/** What is due to it in this state: before the login, a command that needs one is not even told its syntax. */
export function inTurn<Said extends Request | Refused>(said: Said, state: State): Said | Reply {
  const { name } = said;
  return name === undefined || ruleOf(name).in.includes(state) ? said : refusal(530, 'log in first: USER, PASS');
}

/** One line of a client, without its CRLF, as the table has it in any state; or the reply that refuses it. */
export function parseRequest(line: Uint8Array): Request | Refused {
  let text: string;
  try {
    text = UTF8.decode(line);
  } catch {
    return refusal(501, 'not UTF-8');
  }
  if (CONTROLS.test(text)) return refusal(501, 'control character');
  const space = text.indexOf(' ');
  const word = (space === -1 ? text : text.slice(0, space)).toUpperCase();
  const name = Object.hasOwn(ALIASES, word) ? ALIASES[word]! : word;
  if (!isCommand(name)) return ABSENT.has(name) ? refusal(502, `no ${name} here`) : refusal(500, 'unknown command');
  const rule = ruleOf(name);
  const args = words(space === -1 ? '' : text.slice(space + 1), rule.args);
  const fine =
    args.length >= rule.args.length - (rule.optional ?? 0) &&
    args.length <= rule.args.length &&
    args.every((arg, at) => CHECK[rule.args[at] ?? 'text'].test(arg));
  return fine ? { name, args } : { ...refusal(501, `the syntax is ${syntaxOf(name)}`), name };
}

/** As many words as there are arguments; the last is all that remains, for names may hold spaces, also at their ends. */
function words(text: string, args: readonly Argument[]): readonly string[] {
  if (args.length === 0) return text.trim() === '' ? [] : [text];
  const found: string[] = [];
  let rest = text;
  while (rest !== '' && found.length < args.length - 1) {
    const space = rest.indexOf(' ');
    found.push(space === -1 ? rest : rest.slice(0, space));
    rest = space === -1 ? '' : rest.slice(space + 1);
  }
  if (rest === '') return found;
  const kind = args[found.length];
  const verbatim = kind === 'path' || kind === 'password' || kind === 'name' || kind === 'text';
  const last = verbatim ? rest : rest.trim();
  return last === '' ? found : [...found, last];
}

/** Throws `CS_INPUT` for arguments that would not stay one line of at most `COMMAND_LIMIT` octets. */
export function formatRequest({ name, args }: Request): Buffer {
  const line = Buffer.from([name, ...args].map((part) => lineText(part, `the argument of ${name}`)).join(' '));
  if (line.length > COMMAND_LIMIT) throw new CsError('CS_INPUT', `the argument of ${name} is too long for FTP`);
  // 0xff is TELNET's own octet; UTF-8 has none.
  return Buffer.concat([line, Buffer.from('\r\n')]);
}

export function refusal(code: number, text: string): Reply {
  return { code, lines: [text] };
}

/** Lines between the first and the last begin with a space: so they do in FEAT and MLST, and no client takes one for the end. */
export function formatReply({ code, lines }: Reply): Buffer {
  const end = lines.length - 1;
  const text = lines.map((line, at) => {
    const plain = lineText(line, 'a reply');
    return at === end ? `${code} ${plain}\r\n` : at === 0 ? `${code}-${plain}\r\n` : ` ${plain}\r\n`;
  });
  return Buffer.from(text.join(''));
}

export interface ReplyLine {
  readonly code: number;
  /** `-`: more follow, up to one with the same code and a space. */
  readonly more: boolean;
  readonly text: string;
}

/** A line that begins or ends a reply; undefined for one between (or for what is no reply at all, if none has begun). */
export function parseReplyLine(line: Uint8Array): ReplyLine | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8');
  const [, code, sign, rest = ''] = /^([1-6]\d\d)([ -]?)(.*)$/s.exec(text) ?? [];
  if (code === undefined) return undefined;
  return { code: Number(code), more: sign === '-', text: rest };
}
