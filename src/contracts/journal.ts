export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * What happened, once each, in order (surface.md 7): `connection.open connection.close mail.stored mail.queued mail.sent
 * mail.deferred mail.bounced auth.ok auth.failed inbox.opened inbox.closed request file.stored player.joined limit warning draining stopped`. Keys are snake_case, times RFC 3339 UTC.
 */
export interface Fact {
  readonly cursor: number;
  readonly ts: string;
  readonly event: string;
  /** The server's id in the ready line. */
  readonly server?: string;
  readonly conn?: string;
  readonly [key: string]: Json | undefined;
}

export type NewFact = Omit<Fact, 'cursor' | 'ts'> & { readonly event: string };

/**
 * Facts of one stored message: `id size from to[] (envelope) user subject header_from header_to[] message_id`, and
 * `owners[]`, whose mail it became.
 */
export interface MailStored extends Fact {
  readonly event: 'mail.stored';
  readonly id: string;
  readonly size: number;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
}

/** What many jotted facts have in common, made once. */
export interface JotOf {
  /** About what it costs in memory. */
  readonly octets: number;
  /** How many facts hold it: the journal's own count, 0 to begin with. */
  held: number;
}

/** How facts of one event are made of their parts. */
export interface JotForm<Of extends JotOf, By extends object> {
  readonly event: string;
  /** Called when somebody reads one, as often as that happens. */
  whole(of: Of, by: By, a: number, b: number, c: number): NewFact;
}

export interface Journal {
  /** Its facts outlive the process, and each costs a write: what happens often and says little is left out. */
  readonly durable?: true;
  /**
   * Resolves when the fact has its cursor; a durable journal may still be writing it (acknowledgements wait for the store).
   * @param when `soon`: nobody waits for it, so a durable journal may let it go along with the next one that is waited
   * for, some milliseconds later; the order stays
   */
  add(fact: NewFact, when?: 'now' | 'soon'): Promise<number>;
  /**
   * The same for facts that come in great number: in parts that many of them share, and three numbers. It neither waits nor
   * fails. `of` and `by` are kept and must not change.
   */
  jot?<Of extends JotOf, By extends object>(
    form: JotForm<Of, By>,
    of: Of,
    by: By,
    a: number,
    b: number,
    c: number,
  ): void;
  /** The cursor of the newest fact; 0 when nothing happened yet. It only grows, also over restarts. */
  mark(): Promise<number>;
  /**
   * Every fact after `cursor` whose event is in `events` (all when empty), stored ones first, then as they happen, until
   * `signal` aborts (then it ends, it does not throw). No gap and no double between the two parts.
   * Throws `CS_EVICTED` when facts past the cursor are gone.
   */
  since(cursor: number, events: readonly string[], signal: AbortSignal): AsyncIterable<Fact>;
  /**
   * Somebody's `wait` took this fact. Exclusive claims are atomic: true for exactly one claimant. A plain one only notes
   * that it was expected (`cs run --fail-on unexpected-mail`).
   */
  claim(cursor: number, exclusive: boolean): Promise<boolean>;
  /** Cursors among the given that no `wait` took. */
  unclaimed(events: readonly string[]): Promise<readonly Fact[]>;
  /** Take out every fact of one event, as somebody meant it: who asks for them is told nothing. Resolves to how many. */
  clear?(event: string, how?: { readonly dryRun: boolean }): Promise<number>;
}
