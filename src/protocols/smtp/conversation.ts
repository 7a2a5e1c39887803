/**
 * What was said, for the message that it brings (kit/transcript.ts), put down while it is said: text is only joined here, so
 * that a message costs no more than its lines. A secret is masked before it comes in, and bodies are counted.
 */
import type { Connection } from '../../contracts/connection.ts';
import { escapeOctets } from '../../kit/transcript.ts';

/** Characters before what follows is left out, but for its last lines. */
const ROOM = 4096;
const LAST = 12;
const MASK = '***';
/** Stands as it is. */
const PLAIN = /^(?!<\+)[\x20-\x5b\x5d-\x7e]*(?<! )$/;

/** Lines, the middle of which may be missing. */
class Part {
  #text = '';
  #last: string[] = [];
  #missing = 0;

  add(lines: string): void {
    if (this.#text.length < ROOM) {
      this.#text += lines;
      return;
    }
    this.#last.push(lines);
    if (this.#last.length <= LAST) return;
    this.#last.shift();
    this.#missing += 1;
  }

  get text(): string {
    const gap = this.#missing > 0 ? `# ${this.#missing} commands and replies are left out here\n` : '';
    return this.#text + gap + this.#last.join('');
  }
}

export class Conversation {
  /** Until the first MAIL: it belongs to every message. */
  readonly #opening = new Part();
  #message: Part | undefined;
  #before = 0;
  /** The last known command was AUTH: what is unknown behind it may be what AUTH was to take. */
  #afterAuth = false;

  constructor({ id, peer, tls }: Connection) {
    this.note(`${id} from ${peer.address}${tls ? `, ${tls.version}` : ''}`);
  }

  /** A command that is known, and its line. */
  command(verb: string, line: string): void {
    if (verb === 'MAIL') this.#message ??= new Part();
    this.#afterAuth = verb === 'AUTH';
    this.#add(`C: ${escaped(this.#afterAuth ? withoutSecret(line) : line)}\n`);
  }

  /** A line that is no command: a password in the wrong place, perhaps. */
  unknown(line: string): void {
    const word = this.#afterAuth ? '' : line.slice(0, 16).replace(/[^A-Za-z].*$/s, '');
    this.#add(`C: ${word === line ? word : `${word} ${MASK}`.trimStart()}\n`);
  }

  /** A response within AUTH; only its end says nothing. */
  response(line: Buffer): void {
    this.#add(line.length === 1 && line[0] === 0x2a ? 'C: *\n' : `C: ${MASK}\n`);
  }

  /** As it goes over the wire. */
  reply(wire: string): void {
    const lines = wire.endsWith(' \r\n') ? `${wire.slice(0, -3)}\\x20` : wire.slice(0, -2);
    this.#add(lines.includes('\r\n') ? `S: ${lines.replaceAll('\r\n', '\nS: ')}\n` : `S: ${lines}\n`);
  }

  body(octets: number): void {
    if (octets > 0) this.#add(`C: <+${octets} octets>\n`);
  }

  /** The end of DATA. */
  dot(): void {
    this.#add('C: .\n');
  }

  note(text: string): void {
    this.#add(`# ${escaped(text)}\n`);
  }

  /** A message was stored: what is said from here on belongs to the next. */
  stored(): void {
    this.#before += 1;
    this.#message = new Part();
  }

  /** @param answer what the server is about to say, in front of the message's id */
  text(answer: string): string {
    const before = this.#before > 0 ? `# message ${this.#before + 1} of this connection\n` : '';
    return this.#opening.text + before + (this.#message?.text ?? '') + answer;
  }

  #add(lines: string): void {
    (this.#message ?? this.#opening).add(lines);
  }
}

/** AUTH: its initial response, and what cannot be a mechanism's name (RFC 4422 section 3.1). */
function withoutSecret(line: string): string {
  const [verb, mechanism = '', ...more] = line.split(/ +/);
  const named = /^[\w-]{0,20}$/.test(mechanism) ? mechanism : MASK;
  return [verb, named, ...(more.length > 0 ? [MASK] : [])].join(' ').trimEnd();
}

function escaped(text: string): string {
  return PLAIN.test(text) ? text : escapeOctets(Buffer.from(text));
}
