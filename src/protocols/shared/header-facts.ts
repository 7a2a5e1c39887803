import type { MailHeaders } from '../../contracts/mail.ts';

export interface HeaderFacts {
  readonly headers: MailHeaders;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly receivedAt: string;
}

const LIMIT = 1000;
const NEVER = new Date(0).toISOString();

/**
 * What TOP shows of a message. A POP3 server tells neither envelope nor date of arrival: Return-Path, Delivered-To and
 * the first Received say them where the servers on the way wrote them.
 */
export async function headerFacts(header: Uint8Array): Promise<HeaderFacts> {
  const { default: PostalMime } = await import('postal-mime');
  const parsed = await PostalMime.parse(header).catch(() => undefined);
  const value = (name: string) => parsed?.headers.find(({ key }) => key === name)?.value ?? '';
  const bare = (text: string) => text.replace(/^\s*<?|>?\s*$/g, '');
  const date = value('date');
  return {
    headers: {
      from: capped(shown(parsed?.from)),
      to: (parsed?.to ?? []).map((address) => capped(shown(address))),
      subject: capped(parsed?.subject ?? ''),
      messageId: capped(parsed?.messageId ?? ''),
      date: capped(date),
    },
    envelope: { from: bare(value('return-path')), to: [bare(value('delivered-to'))].filter((one) => one !== '') },
    receivedAt: instant(value('received').split(';').at(-1)) ?? instant(date) ?? NEVER,
  };
}

interface Named {
  readonly name?: string;
  readonly address?: string;
}

function shown(address: Named | undefined): string {
  const { name = '', address: mail = '' } = address ?? {};
  return name === '' || mail === '' ? name || mail : `${name} <${mail}>`;
}

function instant(text = ''): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function capped(text: string): string {
  return text.slice(0, LIMIT);
}
