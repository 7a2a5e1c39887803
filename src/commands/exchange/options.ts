/** The flags of whatever asks a web server something: the HTTP client's own, and what is kept beside it. */
import * as o from '../../kit/option.ts';
import { protocols } from '../../registry.ts';

const conversation = protocols.find((protocol) => protocol.name === 'http')?.clientOptions as o.Options;

const keys: readonly string[] = Object.keys(conversation);

export const exchangeOptions = {
  ...conversation,
  cookieJar: o.text('keep cookies in this file, in the lines of a Netscape cookie file', { value: 'FILE' }),
};

/** What the client itself is told, for `reach`. */
export function conversationOf(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(keys.filter((key) => key in options).map((key) => [key, options[key]]));
}
