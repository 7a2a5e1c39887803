/** The flags of `cs send mail`; how the conversation is held is told by the SMTP client's own options. */
import * as o from '../../kit/option.ts';
import { protocols } from '../../registry.ts';

const conversation = protocols.find((protocol) => protocol.name === 'smtp')?.clientOptions as o.Options;

export const composing = {
  from: o.text('the author, as in the From header', { value: 'ADDR' }),
  to: o.text('a recipient', { value: 'ADDR', many: true }),
  cc: o.text('a recipient of a copy', { value: 'ADDR', many: true }),
  bcc: o.text('a recipient whom the message does not name', { value: 'ADDR', many: true }),
  replyTo: o.text('where answers go', { value: 'ADDR' }),
  subject: o.text('the subject', { short: 's' }),
  text: o.text('the text', { short: 't' }),
  html: o.text('the text as HTML'),
  textFile: o.text('read the text from this file (- is stdin)', { value: 'FILE' }),
  htmlFile: o.text('read the HTML from this file (- is stdin)', { value: 'FILE' }),
  header: o.text("a further header, 'Name: value'", { value: 'HEADER', many: true }),
  attach: o.text('attach this file', { value: 'FILE[;name=NAME][;type=TYPE]', many: true }),
  inline: o.text('put this file inside the HTML, where it is <img src="cid:ID">', {
    value: 'FILE;cid=ID[;name=NAME][;type=TYPE]',
    many: true,
  }),
  eml: o.text('send this message as it is (- is stdin); line ends become CRLF', { value: 'FILE' }),
  dkimKey: o.text('sign with this private key (PEM; RSA or Ed25519)', { value: 'FILE' }),
  dkimDomain: o.text('the signing domain (the one of --from)', { value: 'DOMAIN' }),
  dkimSelector: o.text('the name of the key below _domainkey', { value: 'NAME' }),
};

export const enveloping = {
  mailFrom: o.text('the envelope sender, where it is not --from; empty for the null sender', { value: 'ADDR' }),
  rcptTo: o.text('an envelope recipient, in place of those of the headers', { value: 'ADDR', many: true }),
  dsnNotify: o.text('ask for notifications: never, or success,failure,delay', { value: 'WORDS' }),
  dsnRet: o.choice('what a notification returns', ['full', 'hdrs']),
  envid: o.text('the envelope id that notifications name', { value: 'ID' }),
};

export const sending = {
  proxyHeader: o.choice('begin with a PROXY header of this version', ['v1', 'v2']),
  proxySource: o.text('the client that it names (our own end)', { value: 'ADDR:PORT' }),
  repeat: o.number('send it this often', { default: '1', value: 'N', min: 1, max: 10_000_000 }),
  concurrency: o.number('over this many connections at once', { default: '1', value: 'N', min: 1, max: 10_000 }),
};

export const options = { ...composing, ...enveloping, ...sending, ...conversation };

/** Keys of the client's own options, to be handed on. */
export const conversationKeys: readonly string[] = Object.keys(conversation);
