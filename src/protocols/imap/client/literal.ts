/** What a command is made of, and how its literals are announced and sent. */
import type { Written } from '../syntax/write.ts';

/** A literal of any size; its octets are asked for when the server is ready for them. */
export interface StreamedLiteral {
  readonly size: number;
  readonly binary: boolean;
  readonly octets: () => AsyncIterable<Uint8Array>;
}
export type Part = Written | { readonly stream: StreamedLiteral };

export function literalOf(part: Exclude<Part, string>) {
  if ('stream' in part) {
    const { size, binary, octets } = part.stream;
    return { size, mark: binary ? '~' : '', octets };
  }
  const { literal } = part;
  return {
    size: literal.length,
    mark: '',
    octets: async function* () {
      if (literal.length > 0) yield literal;
    },
  };
}
