import type { MimePart } from '../../contracts/mail.ts';
import type { ContentFields } from './content-fields.ts';

/** A part whose end has not been seen. */
export class OpenPart {
  readonly parent: OpenPart | undefined;
  readonly start: number;
  /** The message itself is 1. */
  readonly depth: number;
  readonly inDigest: boolean;
  /** Of the lines that delimit its parts; undefined: it has none, or none that are looked for. */
  boundary: string | undefined;
  content: ContentFields | undefined;
  body: number;
  /** Line feeds before its body. */
  linesBefore = 0;
  readonly children: MimePart[] = [];
  /** What holds a message or parts, and is looked into. */
  holds: 'parts' | 'message' | undefined;

  constructor(parent: OpenPart | undefined, start: number) {
    this.parent = parent;
    this.start = start;
    this.body = start;
    this.depth = (parent?.depth ?? 0) + 1;
    this.inDigest = parent?.content?.type === 'multipart/digest';
  }

  /** It has an envelope. */
  get isMessage(): boolean {
    return this.parent === undefined || this.parent.holds === 'message';
  }

  /** @param lines line feeds before its end */
  close(end: number, lines: number): MimePart {
    const { type, params, ...rest } = this.content ?? EMPTY;
    // The line end before a delimiter may be that of the innermost header: then the parts around end there too.
    const stop = Math.max(this.body, end, this.children.at(-1)?.end ?? 0);
    const opaque = this.holds === undefined && HOLDING.test(type);
    return {
      start: this.start,
      body: this.body,
      end: stop,
      lines: Math.max(0, lines - this.linesBefore),
      type: opaque ? 'text/plain' : type,
      params: opaque ? [] : params,
      ...rest,
      ...(this.holds && { parts: this.children.length > 0 ? this.children : [nothing(stop)] }),
    };
  }
}

/** What cannot be looked into (no boundary, too deep, too many parts) is text: a multipart without parts is none. */
const HOLDING = /^(?:multipart\/|message\/(?:rfc822|global)$)/;
const EMPTY: ContentFields = { type: 'text/plain', params: [], encoding: '7bit' };

/** A multipart has at least one part, whatever was sent (RFC 9051 section 9). */
function nothing(at: number): MimePart {
  return { start: at, body: at, end: at, lines: 0, ...EMPTY };
}
