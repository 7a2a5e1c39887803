/** The client's side of the control connection without a socket: commands → octets, octets → replies. */
import { CsError } from '../../kit/errors.ts';
import { LineBuffer } from '../../kit/lines.ts';
import { lineText, ReplyBudget } from '../shared/reply-lines.ts';
import type { CommandName } from './commands.ts';
import { COMMAND_LIMIT, type Reply } from './wire.ts';

/** Octets of one line of a reply: generous, and far below what hurts. */
const LINE_LIMIT = 64 * 1024;
/** Telnet's escape (RFC 854): doubled, it is itself. */
const IAC = 0xff;

export type Charset = 'utf-8' | 'latin1';

/** A command; its words go out as they are, parted by spaces. */
export type Command = readonly [name: CommandName, ...args: readonly string[]];

export class ClientWire {
  charset: Charset = 'utf-8';
  readonly #lines = new LineBuffer({ max: LINE_LIMIT, newline: 'lenient' });
  #open: { code: string; lines: string[]; budget: ReplyBudget } | undefined;

  /** Octets of no complete reply. */
  get unread(): Uint8Array {
    return this.#lines.unread;
  }

  /** Throws `CS_INPUT` for what would not stay one line (CR, LF, NUL), or is longer than servers take. */
  send([name, ...args]: Command): Uint8Array {
    const text = [name, ...args].map((part) => lineText(part, `the argument of ${name}`)).join(' ');
    const line = encode(`${text}\r\n`, this.charset);
    if (line.length > COMMAND_LIMIT) throw new CsError('CS_INPUT', `the argument of ${name} is too long for FTP`);
    return line;
  }

  /** Throws `CS_PEER_LIMIT`, and `CS_PEER_PROTOCOL` for what is no reply; the conversation is over then. */
  *receive(chunk: Uint8Array): Generator<Reply, void> {
    this.#lines.push(chunk);
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      const reply = this.#take(decode(line, this.charset), line.length);
      if (reply) yield reply;
    }
  }

  /** A reply of several lines ends with its code and a space; what stands between may look like anything. */
  #take(line: string, octets: number): Reply | undefined {
    const open = this.#open;
    if (open) {
      open.budget.line(octets + 2);
      const ends = line.startsWith(`${open.code} `) || line === open.code;
      open.lines.push(ends || line.startsWith(`${open.code}-`) ? line.slice(4) : line);
      if (!ends) return undefined;
      this.#open = undefined;
      return { code: Number(open.code), lines: open.lines };
    }
    const [, code, sign, text = ''] = /^([1-6]\d\d)([ -]?)(.*)$/s.exec(line) ?? [];
    if (code === undefined || (sign === '' && text !== '')) {
      throw new CsError('CS_PEER_PROTOCOL', 'not an FTP reply', { reply: line.slice(0, 200) });
    }
    if (sign !== '-') return { code: Number(code), lines: [text] };
    this.#open = { code, lines: [text], budget: new ReplyBudget() };
    this.#open.budget.line(octets + 2);
    return undefined;
  }
}

export function encode(text: string, charset: Charset): Buffer {
  if (charset === 'utf-8') return Buffer.from(text);
  if (/[^\0-\xff]/.test(text)) throw new CsError('CS_INPUT', 'a name that this server has no letters for (latin1)');
  const octets = Buffer.from(text, 'latin1');
  return octets.includes(IAC) ? Buffer.from([...octets].flatMap((one) => (one === IAC ? [IAC, IAC] : [one]))) : octets;
}

/** What is not UTF-8 becomes U+FFFD, which no file name may hold. */
export function decode(octets: Uint8Array, charset: Charset): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString(
    charset === 'latin1' ? 'latin1' : 'utf8',
  );
}
