/** BODYSTRUCTURE as IMAP writes it, with extension data (RFC 9051 section 7.5.2). */
import type { MimePart } from '../../contracts/mail.ts';
import { imapNString, imapString } from './imap-string.ts';
import type { Parameters } from './parameters.ts';

/** @param envelopeOf of the message inside a message/rfc822 */
export function structure(part: MimePart, envelopeOf: (message: MimePart) => string): string {
  const pieces: string[] = [];
  write(part, envelopeOf, pieces);
  return pieces.join('');
}

function write(part: MimePart, envelopeOf: (message: MimePart) => string, pieces: string[]): void {
  const [type = '', subtype = ''] = part.type.split('/');
  pieces.push('(');
  if (type === 'multipart' && part.parts) {
    for (const child of part.parts) write(child, envelopeOf, pieces);
    pieces.push(` ${imapString(subtype)} ${parameters(part.params)}`);
  } else {
    const params = type === 'text' && !part.params.some(([name]) => name === 'charset') ? CHARSET : [];
    pieces.push(imapString(type), ' ', imapString(subtype), ' ', parameters([...part.params, ...params]));
    pieces.push(` ${imapNString(part.id)} ${imapNString(part.description)} ${imapString(part.encoding)}`);
    pieces.push(` ${part.end - part.body}`);
    const [message] = part.parts ?? [];
    if (message) {
      pieces.push(' ', envelopeOf(message), ' ');
      write(message, envelopeOf, pieces);
    }
    if (message || type === 'text') pieces.push(` ${part.lines}`);
    pieces.push(` ${imapNString(part.md5)}`);
  }
  pieces.push(` ${disposition(part)} ${language(part)} ${imapNString(part.location)})`);
}

const CHARSET: Parameters = [['charset', 'us-ascii']];

function parameters(list: Parameters): string {
  if (list.length === 0) return 'NIL';
  return `(${list.map(([name, value]) => `${imapString(name)} ${imapString(value)}`).join(' ')})`;
}

function disposition({ disposition: said }: MimePart): string {
  return said ? `(${imapString(said[0])} ${parameters(said[1])})` : 'NIL';
}

function language({ language: tags }: MimePart): string {
  return tags ? `(${tags.map(imapString).join(' ')})` : 'NIL';
}
