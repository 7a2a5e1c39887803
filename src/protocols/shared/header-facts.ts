import type { MailHeaders } from '../../contracts/mail.ts';
import { Fields } from '../../kit/mime/fields.ts';
import { headerFacts as facts } from '../../kit/mime/header-facts.ts';

export interface HeaderFacts {
  readonly headers: MailHeaders;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** Undefined where no field says it. */
  readonly receivedAt: string | undefined;
}

const TRACES = new Set(['return-path', 'delivered-to', 'received', 'date']);

/**
 * What a header shows of a message at the far end, which tells neither envelope nor perhaps date of arrival: Return-Path,
 * Delivered-To and the first Received say them where the servers on the way wrote them.
 */
export function headerFacts(header: Uint8Array): HeaderFacts {
  const fields = new Fields(Buffer.from(header.buffer, header.byteOffset, header.length).toString('latin1'), TRACES);
  const bare = (name: string): string => (fields.first(name) ?? '').replace(/^\s*<?|>?\s*$/g, '');
  return {
    headers: facts(header),
    envelope: { from: bare('return-path'), to: [bare('delivered-to')].filter((one) => one !== '') },
    receivedAt: instant(fields.first('received')?.split(';').at(-1)) ?? instant(fields.first('date')),
  };
}

function instant(text = ''): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
