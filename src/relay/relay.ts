/** The outbound queue at work: it leases what is due, hands it on, and tells senders what came of it. */
import { setMaxListeners } from 'node:events';
import type { Delivery, Draft } from '../contracts/delivery.ts';
import type { Journal, NewFact } from '../contracts/journal.ts';
import type { Spool, SpoolLease, SpoolOutcome } from '../contracts/spool.ts';
import type { Log } from '../contracts/store.ts';
import { asCsError, CsError } from '../kit/errors.ts';
import type { Connect, Times } from './conversation.ts';
import { Lane, type Sign, type Tried } from './lane.ts';
import { Parked } from './parked.ts';
import { type Action, type Reported, wantsReport, writeReport } from './report.ts';
import type { Route } from './route.ts';
import { nextTry, type Schedule } from './schedule.ts';

/** Milliseconds that a lease lasts; it is drawn out while its lane works. What a dead node held waits no longer than this. */
const LEASE = 60_000;
/** Milliseconds after which the spool is looked at anyway: another process may have put something in. */
const LONGEST_SLEEP = 30_000;

export interface RelaySettings {
  /** Connections at once, of all domains. */
  readonly connections: number;
  readonly connectionsPerDomain: number;
  /** Messages a minute; 0: as fast as it goes. */
  readonly rate: number;
  readonly schedule: Schedule;
  readonly times: Times;
  /** This server's name. */
  readonly hostname: string;
}

export interface RelayWishes {
  readonly spool: Spool;
  readonly route: Route;
  readonly connect: Connect;
  readonly sign?: Sign | undefined;
  /** Takes reports to senders, here or elsewhere. */
  readonly reports: Delivery;
  readonly journal: Pick<Journal, 'add'>;
  readonly log: Log;
  readonly settings: RelaySettings;
  readonly now?: () => number;
}

export class Relay {
  readonly #wishes: RelayWishes;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  readonly #lanes = new Set<Promise<void>>();
  readonly #busy = new Map<string, number>();
  readonly #parked = new Parked();
  #ending = false;
  #running: Promise<void> | undefined;
  #rouse: () => void = () => {};
  #roused = false;
  #turnAt = 0;

  constructor(wishes: RelayWishes) {
    this.#wishes = wishes;
    this.#now = wishes.now ?? Date.now;
    // Every conversation listens to it.
    setMaxListeners(0, this.#stop.signal);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Something may be due. */
  wake(): void {
    this.#roused = true;
    this.#rouse();
  }

  /** Nothing new begins; what is under way has `grace` milliseconds. What was cut off is tried again by the next start. */
  async stop(grace: number): Promise<void> {
    this.#ending = true;
    this.wake();
    const timer = setTimeout(() => this.#stop.abort(new CsError('CS_FAILED', 'the server stops')), grace);
    await this.#running;
    await Promise.all(this.#lanes);
    await this.#parked.closed();
    clearTimeout(timer);
    this.#stop.abort(new CsError('CS_FAILED', 'the server stops'));
  }

  async #run(): Promise<void> {
    while (!this.#ending) {
      this.#roused = false;
      let sleep = LONGEST_SLEEP;
      try {
        if (await this.#begin()) continue;
        if (!this.#roused) this.#parked.close();
        // A domain that has all its connections moves when one of them ends, and that rouses us.
        const due = await this.#wishes.spool.due(this.#full());
        if (due !== undefined) sleep = Math.min(Math.max(due - this.#now(), 20), LONGEST_SLEEP);
      } catch (error) {
        // The store is in trouble, and has said so to whoever asked: nothing is lost by waiting.
        this.#wishes.log('error', 'queue.failed', { message: asCsError(error).message });
        sleep = 1000;
      }
      // With every lane at work it is the end of one that matters.
      await this.#idle(this.#room() > 0 ? sleep : LONGEST_SLEEP);
    }
  }

  #room(): number {
    return this.#wishes.settings.connections - this.#lanes.size;
  }

  /** Domains that have as many connections as they may. */
  #full(): readonly string[] {
    const { connectionsPerDomain } = this.#wishes.settings;
    return [...this.#busy].filter(([, lanes]) => lanes >= connectionsPerDomain).map(([domain]) => domain);
  }

  /** Leases what is due and starts lanes for it. False: there was nothing, or no room. */
  async #begin(): Promise<boolean> {
    const room = this.#room();
    if (room <= 0) return false;
    const { spool, settings } = this.#wishes;
    const now = this.#now();
    // No more than there are lanes for, whatever their domains: what nobody works on is free for other nodes.
    const leases = await spool.lease(now, now + LEASE, room, this.#full());
    for (const [domain, group] of grouped(leases)) {
      const lanes = Math.min(
        settings.connectionsPerDomain - (this.#busy.get(domain) ?? 0),
        group.length,
        Math.max(this.#room(), 1),
      );
      for (let lane = 0; lane < lanes; lane++) {
        this.#launch(
          domain,
          group.filter((_, index) => index % lanes === lane),
        );
      }
    }
    return leases.length > 0;
  }

  #launch(domain: string, leases: readonly SpoolLease[]): void {
    this.#busy.set(domain, (this.#busy.get(domain) ?? 0) + 1);
    const work = this.#work(domain, leases).finally(() => {
      const left = (this.#busy.get(domain) ?? 1) - 1;
      if (left > 0) this.#busy.set(domain, left);
      else this.#busy.delete(domain);
      this.#lanes.delete(work);
      this.wake();
    });
    this.#lanes.add(work);
  }

  async #work(domain: string, leases: readonly SpoolLease[]): Promise<void> {
    const { spool, log } = this.#wishes;
    const left = new Set(leases);
    const heart = setInterval(() => {
      for (const lease of left) void spool.extend(lease, this.#now() + LEASE).catch(() => {});
    }, LEASE / 3);
    const { signal } = this.#stop;
    const lane = this.#lane(domain);
    let parks = false;
    try {
      for (const lease of leases) {
        if (this.#ending && signal.aborted) break;
        await this.#settle(lease, await lane.deliver(lease));
        left.delete(lease);
        if (this.#ending) break;
      }
      parks = lane.ready && !this.#ending;
    } catch (error) {
      if (!signal.aborted) log('error', 'queue.failed', { domain, message: asCsError(error).message });
    } finally {
      clearInterval(heart);
      // Given back at once, untried: the next start need not wait for the leases to run out.
      for (const lease of left) await spool.extend(lease, this.#now()).catch(() => {});
      if (parks) this.#parked.add(lane);
      else await lane[Symbol.asyncDispose]();
    }
  }

  /** One whose connection is open, or a new one; connections that wait for other domains make room. */
  #lane(domain: string): Lane {
    const parked = this.#parked.take(domain);
    if (parked) return parked;
    const { spool, route, connect, sign, settings } = this.#wishes;
    const { times, connections } = settings;
    // This one is not counted yet.
    this.#parked.close(this.#lanes.size + 1 + this.#parked.size - connections);
    return new Lane(domain, {
      spool,
      route,
      connect,
      sign,
      times,
      signal: this.#stop.signal,
      turn: () => this.#turn(),
    });
  }

  /** Reports first: a report that cannot be stored leaves its recipient in the queue. */
  async #settle(lease: SpoolLease, tried: readonly Tried[]): Promise<void> {
    const { spool, settings } = this.#wishes;
    const now = this.#now();
    const reported: Record<Action, Reported[]> = { failed: [], delayed: [], relayed: [] };
    const outcomes: SpoolOutcome[] = [];
    const facts: NewFact[] = [];
    for (const { recipient, fate, host, reports } of tried) {
      const { n, address, warned } = recipient;
      const about = { id: lease.id, from: lease.envelope.from, to: address, reply: fate.reply, host: host ?? null };
      const tell = (action: Action): void => {
        if (wantsReport(recipient, action)) reported[action].push({ recipient, action, reply: fate.reply, host });
      };
      const tries = recipient.tries + 1;
      const next = nextTry(settings.schedule, { queuedAt: lease.queuedAt, tries, warned }, now);
      if (fate.kind === 'delivered') {
        if (!reports) tell('relayed');
        outcomes.push({ n, gone: true });
        facts.push({ event: 'mail.sent', ...about, tries });
      } else if (fate.kind === 'failed' || next.giveUp) {
        tell('failed');
        outcomes.push({ n, gone: true });
        facts.push({ event: 'mail.bounced', ...about, tries });
      } else {
        if (next.warn) tell('delayed');
        outcomes.push({ n, gone: false, due: next.due, reply: fate.reply, warned: warned || next.warn });
        facts.push({ event: 'mail.deferred', ...about, tries, due: new Date(next.due).toISOString() });
      }
    }
    for (const one of ['failed', 'delayed', 'relayed'] as const) await this.#report(lease, reported[one], now);
    if (!(await spool.settle(lease, outcomes))) return;
    for (const fact of facts) await this.#wishes.journal.add(fact).catch(() => {});
  }

  /** Nobody is told about a report that could not be delivered: it has no sender (RFC 5321 section 6.1). */
  async #report(lease: SpoolLease, reported: readonly Reported[], now: number): Promise<void> {
    if (reported.length === 0 || lease.envelope.from === '') return;
    const { reports, spool, settings } = this.#wishes;
    const { from, body, smtputf8 } = lease.envelope;
    const pieces = writeReport({
      message: lease,
      reported,
      hostname: settings.hostname,
      now: new Date(now),
      until: new Date(lease.queuedAt + settings.schedule.lifetime),
      original: spool.read(lease.id),
    });
    const eight = body === undefined || body === '7BIT' ? ('8BITMIME' as const) : body;
    const to = [{ address: from, notify: ['NEVER'] as const }];
    const envelope = { from: '', to, body: eight, ...(smtputf8 ? { smtputf8 } : {}) };
    let draft: Draft;
    try {
      draft = await reports.open(envelope);
    } catch (error) {
      // Nobody's address, here or anywhere that mail may leave for: there is no one to tell.
      if (asCsError(error).code !== 'CS_PEER_REFUSED') throw error;
      this.#wishes.log('warn', 'queue.unreported', { id: lease.id, sender: from });
      return;
    }
    try {
      for await (const piece of pieces) await draft.write(piece);
      await draft.commit();
    } catch (error) {
      await draft.abort();
      throw error;
    }
  }

  /** At most `rate` messages a minute, evenly. */
  async #turn(): Promise<void> {
    const { rate } = this.#wishes.settings;
    if (rate === 0) return;
    const now = this.#now();
    // A minute's worth may go in one burst.
    this.#turnAt = Math.max(this.#turnAt + 60_000 / rate, now - 60_000);
    const wait = this.#turnAt - now;
    if (wait <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, wait);
      const { signal } = this.#stop;
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async #idle(ms: number): Promise<void> {
    if (this.#roused || this.#ending) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.#rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#rouse = () => {};
  }
}

function grouped(leases: readonly SpoolLease[]): Map<string, SpoolLease[]> {
  const groups = new Map<string, SpoolLease[]>();
  for (const lease of leases) groups.set(lease.domain, [...(groups.get(lease.domain) ?? []), lease]);
  return groups;
}
