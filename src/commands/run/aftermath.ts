/** What happened while the command ran, and whether that turns its success into a failure. */
import type { Fact } from '../../contracts/journal.ts';
import { escapeBlock, escapeLine } from '../../kit/escape.ts';
import type { Running } from '../serving/start.ts';
import { requestLine } from '../wait/request-match.ts';
import type { Conversations } from './conversations.ts';

export interface Aftermath {
  readonly mails: readonly Fact[];
  readonly facts: readonly Fact[];
  readonly reasons: readonly string[];
}

const SHOWN_MAILS = 50;
const SHOWN_FACTS = 20;
const SHOWN_CONVERSATIONS = 3;

/** Ends at the fact that is newest now. */
async function factsSoFar(running: Running): Promise<Fact[]> {
  const { journal } = running.store;
  const newest = await journal.mark();
  const facts: Fact[] = [];
  if (newest === 0) return facts;
  const stop = new AbortController();
  for await (const fact of journal.since(0, [], stop.signal)) {
    facts.push(fact);
    if (fact.cursor >= newest) break;
  }
  stop.abort();
  return facts;
}

export async function aftermath(running: Running, failOn: readonly string[]): Promise<Aftermath> {
  const facts = await factsSoFar(running);
  const mails = facts.filter((fact) => fact.event === 'mail.stored');
  const reasons: string[] = [];
  if (failOn.includes('unexpected-mail')) {
    for (const fact of await running.store.journal.unclaimed(['mail.stored'])) {
      reasons.push(`unexpected mail ${mailLine(fact)}: no cs wait took it`);
    }
  }
  if (failOn.includes('unexpected-request')) {
    for (const fact of await running.store.journal.unclaimed(['request'])) {
      // A file that is fetched is nobody's news; what goes to --capture is.
      if (fact.captured === true) reasons.push(`unexpected request ${requestLine(fact)}: no cs wait took it`);
    }
  }
  if (failOn.includes('error')) {
    for (const fact of facts) {
      const error = fact.event === 'connection.close' && String(fact.code ?? '').startsWith('E');
      if (error || fact.event === 'warning') reasons.push(`server error: ${factLine(fact)}`);
    }
  }
  const open = failOn.includes('leak') ? await stillOpen(running) : 0;
  if (failOn.includes('leak') && open > 0)
    reasons.push(`${open} connection${open === 1 ? '' : 's'} left open by the command`);
  return { mails, facts, reasons };
}

/** What a command that has just ended left behind: its closing sockets get half a second to be noticed. */
async function stillOpen(running: Running): Promise<number> {
  for (const end = performance.now() + 500; running.connections() > 0 && performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return running.connections();
}

function mailLine(fact: Fact): string {
  const to = Array.isArray(fact.to) ? fact.to.join(', ') : '';
  return `#${String(fact.id)} to ${escapeLine(to, 200)} subject ${JSON.stringify(escapeLine(String(fact.subject ?? ''), 200))} at ${fact.ts}`;
}

function factLine({ cursor: _cursor, ts, event, server: _server, ...rest }: Fact): string {
  const facts = Object.entries(rest).map(
    ([key, value]) => `${key}=${escapeLine(typeof value === 'string' ? value : JSON.stringify(value), 200)}`,
  );
  return `${ts} ${event} ${facts.join(' ')}`;
}

/** Each server's log tail with its last conversations, and the captured mails. */
export function showAftermath(running: Running, conversations: Conversations, { mails, facts }: Aftermath): string {
  const lines: string[] = [];
  for (const { id } of running.facts.servers) {
    const own = facts.filter((fact) => fact.server === id);
    lines.push(`--- ${id}: ${own.length} events, the last ${Math.min(own.length, SHOWN_FACTS)}`);
    lines.push(...own.slice(-SHOWN_FACTS).map(factLine));
    for (const { conn, text } of conversations.of(id).slice(-SHOWN_CONVERSATIONS)) {
      lines.push(`--- ${id}: conversation ${conn}`, escapeBlock(text.trimEnd()));
    }
  }
  lines.push(`--- captured mail: ${mails.length}`);
  lines.push(...mails.slice(-SHOWN_MAILS).map(mailLine));
  return lines.join('\n');
}
