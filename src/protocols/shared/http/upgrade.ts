/** A request that would leave HTTP (RFC 9110 section 7.8): the same gates, and then the stream is its route's. */
import type { IncomingMessage } from 'node:http';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { type AdmissionRules, type Admitted, admit } from './admission.ts';
import type { AnsweringConfig } from './answering.ts';
import type { BodyLimits } from './body.ts';
import type { HttpConversation } from './conversation.ts';
import { HttpRefusal } from './refusal.ts';
import { rawReply } from './reply.ts';
import { AdmittedRequest } from './request.ts';
import type { Found, RouteTable, UpgradeRoute } from './route.ts';

export interface UpgradeConfig extends AdmissionRules, Pick<AnsweringConfig, 'gate' | 'overloaded'> {
  readonly routes: RouteTable;
  readonly bodyLimits: BodyLimits;
}

export interface Upgrading {
  readonly message: IncomingMessage;
  /** What was read behind its head. */
  readonly early: Buffer;
  readonly conversation: HttpConversation;
  /** Reads on in the stream as HTTP. */
  readonly again: () => void;
}

/** Resolves when it is over. Never throws. */
export async function upgrade(
  { message, early, conversation, again }: Upgrading,
  config: UpgradeConfig,
): Promise<void> {
  const { stream } = conversation;
  // Its octets would land inside an answer that is still on its way.
  if (conversation.busy) return conversation.refuse(new HttpRefusal(400, 'an upgrade behind a request'));
  const led = lead(message, conversation, config);
  if (led === undefined) {
    // Who cannot be followed there is answered here: read once more, as if nothing had been asked.
    stream.unshift(Buffer.concat([withoutUpgrade(message), early]));
    return again();
  }
  if (!conversation.begin()) return void stream.destroy();
  try {
    if (led instanceof CsError) throw led;
    await follow(led, message, early, conversation, config);
  } catch (error) {
    if (stream.writable) stream.write(rawReply(asCsError(error)));
  }
  conversation.last();
  conversation.end();
  // Nobody reads any more, and unread octets would turn the last words into a reset.
  stream.resume();
}

interface Led {
  readonly admitted: Admitted;
  readonly found: Found<UpgradeRoute>;
}

/** Undefined: nobody here speaks what it asks for. */
function lead(message: IncomingMessage, { conn }: HttpConversation, config: UpgradeConfig): Led | CsError | undefined {
  try {
    const admitted = admit(message, conn, config);
    const found = config.routes.findUpgrade(admitted.path, message.headers.upgrade ?? '');
    return found && { admitted, found };
  } catch (error) {
    return asCsError(error);
  }
}

async function follow(
  { admitted, found }: Led,
  message: IncomingMessage,
  early: Buffer,
  { conn, stream }: HttpConversation,
  { overloaded, gate, bodyLimits }: UpgradeConfig,
): Promise<void> {
  if (message.httpVersion !== '1.1') throw new HttpRefusal(400, 'an upgrade needs HTTP/1.1');
  if (overloaded?.()) throw new CsError('CS_BUSY', 'too much to do at the moment');
  const limits = { ...bodyLimits, bytes: 0 };
  const request = new AdmittedRequest({ head: message, content: message, conn, pace: conn, admitted, limits });
  request.params = found.params;
  await gate?.(request);
  await found.route.upgrade(request, stream, early);
}

const ASKING = new Set(['upgrade', 'http2-settings']);

function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!ASKING.has(rawHeaders[at]!.toLowerCase())) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
