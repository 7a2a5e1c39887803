/** The grammar that both ends share: requests and status lines, octets ↔ values. Both ways round: parse(format(x)) = x. */
import { CsError } from '../../kit/errors.ts';
import { lineText } from '../shared/reply-lines.ts';
import { type Argument, type CommandName, isCommand, ruleOf, type State, syntaxOf } from './commands.ts';

/** Octets of a command with its CRLF (RFC 2449 section 4). */
export const COMMAND_LIMIT = 255;
/** Octets of a status line with its CRLF that we send (RFC 2449 section 4). */
export const STATUS_LIMIT = 512;

export interface Request {
  readonly name: CommandName;
  /** As written, after the keyword. */
  readonly args: readonly string[];
}

/** Why a line is no request that may be served now: the text of the `-ERR`. */
export interface Refused {
  readonly refused: string;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const CONTROLS = /[\0-\x08\x0a-\x1f\x7f]/;
/** Message numbers count from 1 (RFC 1939 section 4); nine digits are more than any maildrop holds. */
const CHECK: Readonly<Record<Argument, RegExp>> = {
  name: /./s,
  password: /./s,
  mechanism: /^[A-Za-z0-9_-]{1,20}$/,
  response: /^(?:=|[A-Za-z0-9+/]+={0,2})$/,
  message: /^[1-9]\d{0,8}$/,
  lines: /^\d{1,9}$/,
};

/** One line of a client, without its CRLF, as the table has it for `state`. */
export function parseRequest(line: Uint8Array, state: State): Request | Refused {
  let text: string;
  try {
    text = UTF8.decode(line);
  } catch {
    return { refused: 'not UTF-8' };
  }
  if (CONTROLS.test(text)) return { refused: 'control character' };
  const space = text.indexOf(' ');
  const word = (space === -1 ? text : text.slice(0, space)).toUpperCase();
  if (!isCommand(word)) return { refused: 'unknown command' };
  const rule = ruleOf(word);
  if (!rule.in.includes(state)) return { refused: `${word} is not for the ${state} state` };
  const args = words(space === -1 ? '' : text.slice(space + 1), rule.args);
  const least = rule.args.length - (rule.optional ?? 0);
  const fine =
    args.length >= least &&
    args.length <= rule.args.length &&
    args.every((arg, at) => CHECK[rule.args[at] ?? 'name'].test(arg));
  return fine ? { name: word, args } : { refused: `the syntax is ${syntaxOf(word)}` };
}

/** A name or password is all that follows, spaces included; other arguments are parted by spaces. */
function words(text: string, args: readonly Argument[]): readonly string[] {
  if (args[0] === 'name' || args[0] === 'password') return text === '' ? [] : [text];
  return text.split(' ').filter((word) => word !== '');
}

/** Throws `CS_INPUT` for arguments that would not stay one line of at most `COMMAND_LIMIT` octets. */
export function formatRequest({ name, args }: Request): Buffer {
  const line = Buffer.from(`${[name, ...args].map((part) => lineText(part, `the argument of ${name}`)).join(' ')}\r\n`);
  if (line.length > COMMAND_LIMIT) throw new CsError('CS_INPUT', `the argument of ${name} is too long for POP3`);
  return line;
}

export interface Status {
  readonly ok: boolean;
  /** The response code in brackets (RFC 2449 section 8): `IN-USE`, `SYS/TEMP`. */
  readonly code?: string;
  readonly text: string;
}

/** Throws `CS_PEER_PROTOCOL` for anything but `+OK` and `-ERR`. */
export function parseStatus(line: Uint8Array): Status {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8');
  const [, sign, rest = ''] = /^(\+OK|-ERR)(?: (.*))?$/is.exec(text) ?? [];
  if (sign === undefined) throw new CsError('CS_PEER_PROTOCOL', 'neither +OK nor -ERR', { reply: text });
  const [, code, after = ''] = /^\[([A-Za-z0-9/-]{1,64})\] ?(.*)$/s.exec(rest) ?? [];
  const ok = sign.startsWith('+');
  return code === undefined ? { ok, text: rest } : { ok, code: code.toUpperCase(), text: after };
}

export function formatStatus({ ok, code, text }: Status): Buffer {
  const words = [ok ? '+OK' : '-ERR', ...(code === undefined ? [] : [`[${code}]`]), ...(text === '' ? [] : [text])];
  const line = Buffer.from(lineText(words.join(' '), 'a status line'));
  return Buffer.concat([line.subarray(0, STATUS_LIMIT - 2), Buffer.from('\r\n')]);
}

/** Whether lines up to a dot follow a positive status. */
export function hasLines({ name, args }: Request): boolean {
  const { lines } = ruleOf(name);
  return lines === 'always' || (lines === 'bare' && args.length === 0);
}
