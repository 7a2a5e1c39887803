/** Packets of the Socket.IO protocol, revision 5: one digit, and what it is about. Without binary events: nobody here has any. */
import type { Json } from '../../../../contracts/journal.ts';
import { parseJson } from '../../../shared/http/json.ts';

export interface Packet {
  readonly type: 'connect' | 'disconnect' | 'event' | 'ack';
  /** `/`, or `/` and a name. */
  readonly namespace: string;
}

const TYPES: Readonly<Record<string, Packet['type']>> = { 0: 'connect', 1: 'disconnect', 2: 'event', 3: 'ack' };
/** Type, namespace, number to acknowledge, content. */
const PACKET = /^([0-3])(?:(\/[^,]{0,200})(?:,|$))?(\d{1,15})?([\s\S]*)$/;

/** Undefined for what is none. */
export function readPacket(text: string): Packet | undefined {
  const [, digit = '', namespace = '/', , content = ''] = PACKET.exec(text) ?? [];
  const type = TYPES[digit];
  return type !== undefined && fits(type, content) ? { type, namespace } : undefined;
}

function fits(type: Packet['type'], content: string): boolean {
  if (content === '') return type === 'connect' || type === 'disconnect';
  try {
    const json = parseJson(Buffer.from(content));
    if (type === 'connect') return json !== null && typeof json === 'object' && !Array.isArray(json);
    if (type === 'disconnect' || !Array.isArray(json)) return false;
    return type === 'ack' || typeof json[0] === 'string' || typeof json[0] === 'number';
  } catch {
    return false;
  }
}

export function connected(sid: string): string {
  return `0${JSON.stringify({ sid })}`;
}

export function noNamespace(namespace: string): string {
  return `4${namespace},${JSON.stringify({ message: 'Invalid namespace' })}`;
}

/** To `/`. */
export function event(name: string, content: Json): string {
  return `2${JSON.stringify([name, content])}`;
}
