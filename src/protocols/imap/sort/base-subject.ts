/** The base subject (RFC 5256 section 2.1): what a subject is without what replies and forwards put around it. */

import { casemap } from './collation.ts';

export interface BaseSubject {
  /** As it is compared. */
  readonly text: string;
  /** Something said that it is a reply or was forwarded. */
  readonly reply: boolean;
}

const TRAILER = /(?:\s|\(fwd\))$/i;
const BLOB = /^\[[^[\]]*\]\s*/;
const MARK = /^(?:re|fwd?)\s*(?:\[[^[\]]*\]\s*)?:/i;
const FORWARDED = /^\[fwd:(.*)\]$/is;

/** @param subject decoded */
export function baseSubject(subject: string): BaseSubject {
  let text = subject.replace(/\s+/g, ' ');
  let reply = false;
  for (;;) {
    for (let found = TRAILER.exec(text); found; found = TRAILER.exec(text)) {
      reply ||= found[0].length > 1;
      text = text.slice(0, -found[0].length);
    }
    for (let next = shorter(text); next; next = shorter(text)) {
      reply ||= next.reply;
      text = next.text;
    }
    const inner = FORWARDED.exec(text)?.[1];
    if (inner === undefined) return { text: casemap(text), reply };
    text = inner;
    reply = true;
  }
}

/** One leader less; undefined where there is none. */
function shorter(text: string): BaseSubject | undefined {
  if (text.startsWith(' ')) return { text: text.slice(1), reply: false };
  let rest = text;
  for (let blob = BLOB.exec(rest); blob; blob = BLOB.exec(rest)) rest = rest.slice(blob[0].length);
  const mark = MARK.exec(rest);
  if (mark) return { text: rest.slice(mark[0].length), reply: true };
  const blob = BLOB.exec(text);
  return blob && blob[0].length < text.length ? { text: text.slice(blob[0].length), reply: false } : undefined;
}
