import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

const decoders = new Map<string, TextDecoder | undefined>();

/** Undefined for a charset that nobody here knows. `utf-7` is one: it would hide what others see. */
export function decoder(charset: string): TextDecoder | undefined {
  const name = charset.toLowerCase();
  if (!decoders.has(name)) {
    // Names come from the wire.
    if (decoders.size > 200) decoders.clear();
    decoders.set(name, make(name));
  }
  return decoders.get(name);
}

function make(name: string): TextDecoder | undefined {
  try {
    return new TextDecoder(name);
  } catch {
    return undefined;
  }
}

/** Octets as text, whatever they claim to be: UTF-8 where they are, else one character each. */
export function decodeText(octets: Uint8Array, charset = 'us-ascii'): string {
  const plain = charset === '' || /^(?:us-)?ascii$/i.test(charset);
  const known = plain ? undefined : decoder(charset);
  return (known ?? decoder(isUtf8(octets) ? 'utf-8' : 'windows-1252')!).decode(octets);
}
