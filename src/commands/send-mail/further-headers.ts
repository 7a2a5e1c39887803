/** `--header`: fields beside those that a message has anyhow, or in their place. */
import { headFields, splitMessage } from '../../kit/dkim/head.ts';
import { CsError } from '../../kit/errors.ts';
import type { HeaderField } from './input.ts';

type Named = 'from' | 'to' | 'cc' | 'subject' | 'replyTo';

/** What whoever composes the message has a place of its own for. */
const NAMED = new Map<string, Named>([
  ['from', 'from'],
  ['to', 'to'],
  ['cc', 'cc'],
  ['subject', 'subject'],
  ['reply-to', 'replyTo'],
]);

const REFUSED = new Map([
  ['bcc', '--bcc ADDR, or --rcpt-to ADDR'],
  ['content-transfer-encoding', 'the parts are encoded as they need; --eml sends a message as it is'],
]);

export interface FurtherHeaders {
  readonly named: Partial<Record<Named, string>>;
  readonly others: readonly HeaderField[];
  /** In place of the type that the only text has. */
  readonly type: HeaderField | undefined;
}

/** Throws `CS_USAGE` for what would be dropped, or would break the message. */
export function furtherHeaders(fields: readonly HeaderField[]): FurtherHeaders {
  const named: Partial<Record<Named, string>> = {};
  const others: HeaderField[] = [];
  let type: HeaderField | undefined;
  for (const field of fields) {
    const name = field.key.toLowerCase();
    const hint = REFUSED.get(name);
    if (hint !== undefined) throw new CsError('CS_USAGE', `--header does not take ${field.key}`, { hint });
    const place = NAMED.get(name);
    if (place) named[place] = field.value;
    else if (name === 'content-type') type = field;
    else if (name !== 'message-id') others.push(field);
  }
  return { named, others, type };
}

/** The same text under another type. Throws `CS_USAGE` where there are several parts, each with a type of its own. */
export function retyped(message: Buffer, type: HeaderField | undefined): Buffer {
  if (type === undefined) return message;
  const { head, body } = splitMessage(message);
  const fields = headFields(head).map(({ name, raw }) => {
    if (name !== 'content-type') return raw;
    if (/^[^:]*:\s*text\//i.test(raw)) return `${type.key}: ${type.value}`;
    throw new CsError('CS_USAGE', 'a message of several parts has a Content-Type of its own', {
      hint: '--attach FILE;type=TYPE, or --eml FILE',
    });
  });
  return Buffer.concat([Buffer.from(`${fields.filter(Boolean).join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
