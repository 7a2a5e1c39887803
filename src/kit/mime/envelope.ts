/** ENVELOPE as IMAP writes it (RFC 9051 section 7.5.2), and the keys that SORT and THREAD compare (RFC 5256). */
import type { SortKeys } from '../../contracts/mail.ts';
import { type Address, addressList, type Budget, messageIds } from './addresses.ts';
import { decodeWords, rawText } from './encoded-words.ts';
import type { Fields } from './fields.ts';
import { imapNString } from './imap-string.ts';
import { sentDate } from './sent-date.ts';

export const ENVELOPE_FIELDS = [
  'date',
  'subject',
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'in-reply-to',
  'message-id',
  'references',
];

/** Ids of one References field that are kept: the newest. */
const REFERENCES = 1000;

export interface Envelope {
  readonly text: string;
  readonly from: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
}

/** Several fields of one name are one list. Sender and Reply-To are From's where they are missing or empty. */
export function envelope(fields: Fields, budget: Budget): Envelope {
  const list = (name: string): Address[] => addressList(fields.all(name).join(','), budget);
  const from = list('from');
  const or = (addresses: readonly Address[]): readonly Address[] => (addresses.length > 0 ? addresses : from);
  const [sender, replyTo, to, cc, bcc] = [list('sender'), list('reply-to'), list('to'), list('cc'), list('bcc')];
  const words = [
    imapNString(fields.first('date')),
    imapNString(fields.first('subject')),
    addresses(from),
    addresses(or(sender)),
    addresses(or(replyTo)),
    addresses(to),
    addresses(cc),
    addresses(bcc),
    imapNString(fields.first('in-reply-to') || undefined),
    imapNString(fields.first('message-id') || undefined),
  ];
  return { text: `(${words.join(' ')})`, from, to, cc };
}

export function sortKeys(fields: Fields, { from, to, cc }: Envelope): SortKeys {
  const first = (name: string): string => fields.first(name) ?? '';
  return {
    sentAt: sentDate(first('date')),
    subject: decodeWords(first('subject')),
    from: mailboxOf(from),
    to: mailboxOf(to),
    cc: mailboxOf(cc),
    fromName: nameOf(from),
    toName: nameOf(to),
    messageId: messageIds(first('message-id'), 1)[0] ?? '',
    inReplyTo: messageIds(first('in-reply-to'), REFERENCES),
    references: messageIds(first('references'), REFERENCES),
  };
}

function addresses(list: readonly Address[]): string {
  if (list.length === 0) return 'NIL';
  return `(${list.map(({ name, route, mailbox, host }) => `(${[name, route, mailbox, host].map(imapNString).join(' ')})`).join('')})`;
}

/** Of the first; the name of a group counts as one, and is a phrase: only there may encoded words be (RFC 2047 section 5). */
function mailboxOf([first]: readonly Address[]): string {
  return (first?.host === undefined ? decodeWords : rawText)(first?.mailbox ?? '');
}

/** As people see it (RFC 5957 section 2). */
function nameOf([first]: readonly Address[]): string {
  if (!first) return '';
  if (first.name) return decodeWords(first.name);
  return first.host === undefined ? mailboxOf([first]) : rawText(`${first.mailbox ?? ''}@${first.host}`);
}
