/** Several processes that serve the same. This one has what must be one: the journal, the accounts, the control API. */
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import type { Journal, Json } from '../../../contracts/journal.ts';
import type { Services } from '../../../contracts/services.ts';
import { freePort } from '../../../net/listen.ts';
import type { OpenedDoor } from '../doors.ts';
import type { Service } from '../services.ts';
import type { ServingContext, ServingOrder } from '../start.ts';
import type { Calls } from './channel.ts';
import { type FactBatch, FactIntake, type Form, type Forms } from './fact-batch.ts';
import { accountCalls } from './far-accounts.ts';
import type { Claimed, Counts, Listens, WorkerOrder } from './orders.ts';
import { checkShareable } from './shares.ts';
import { type Death, Slot } from './slot.ts';

export interface Crew {
  readonly doors: readonly OpenedDoor[];
  /** What was answered before a mark is before it, whichever worker answered. */
  readonly journal: Journal;
  close(): Promise<void>;
}

export interface CrewOrder {
  readonly workers: number;
  readonly services: Services;
  readonly journal: Journal;
  /** Service id → port; 0 is any free one. */
  readonly ports: ReadonlyMap<string, number>;
  /** Undefined: both loopback addresses. */
  readonly hosts: readonly string[] | undefined;
}

/** Milliseconds that a worker may take to say what it has. */
const PATIENCE = 1000;

/** Resolves when every worker listens; throws what kept the first one from it. */
export async function openCrew(ctx: ServingContext, order: ServingOrder, crew: CrewOrder): Promise<Crew> {
  checkShareable(ctx.options, order.services, ctx.env);
  cluster.setupPrimary({ exec: process.argv[1] ?? '', args: process.argv.slice(2), silent: true });
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const ports: Record<string, number> = {};
  for (const [id, port] of crew.ports) ports[id] = port === 0 ? await freePort(crew.hosts) : port;
  const open = new OpenCrew(ctx, order, crew, ports, await formsOf(order.services));
  try {
    await open.start();
  } catch (error) {
    await open.close();
    throw error;
  }
  return open;
}

/** How facts that come in parts are made whole here. */
async function formsOf(services: readonly Service[]): Promise<Forms> {
  const loaded = await Promise.all(services.map(({ protocol }) => protocol.jots?.()));
  const forms = loaded.flatMap((found) => (found?.forms ?? []) as readonly Form[]);
  return new Map(forms.map((form) => [form.event, form]));
}

class OpenCrew implements Crew {
  readonly doors: readonly OpenedDoor[];
  readonly journal: Journal;
  readonly #ctx: ServingContext;
  readonly #crew: CrewOrder;
  readonly #services: readonly Service[];
  readonly #slots: readonly Slot[];
  readonly #told: Omit<WorkerOrder, 'inherited'>;
  readonly #forms: Forms;
  readonly #waiting = new Set<NodeJS.Timeout>();
  #listens: readonly Listens[] = [];
  #running = false;
  #ended: Promise<unknown> | undefined;

  constructor(
    ctx: ServingContext,
    order: ServingOrder,
    crew: CrewOrder,
    ports: Readonly<Record<string, number>>,
    forms: Forms,
  ) {
    this.#forms = forms;
    this.#ctx = ctx;
    this.#crew = crew;
    this.#services = order.services;
    this.#told = {
      ports,
      workers: crew.workers,
      durable: crew.journal.durable ?? false,
      ticketKeys: randomBytes(48).toString('base64'),
    };
    const config = { calls: (slot: Slot) => this.#calls(slot), died: (death: Death) => void this.#died(death) };
    this.#slots = Array.from({ length: crew.workers }, () => new Slot(config));
    this.doors = order.services.map((service) => this.#door(service));
    this.journal = {
      ...bound(crew.journal),
      mark: () => this.#mark(),
      clear: async (event, how) => {
        await this.#all((slot) => slot.ask('sync'));
        return crew.journal.clear?.(event, how) ?? 0;
      },
    };
  }

  async start(): Promise<void> {
    const [first, ...others] = this.#slots;
    // What is wrong is said once.
    this.#listens = (await first?.start()) ?? [];
    await Promise.all(others.map((slot) => slot.start()));
    this.#running = true;
  }

  async close(): Promise<void> {
    await this.#drain(0);
  }

  #calls(slot: Slot): Calls {
    const { journal, services } = this.#crew;
    const intake = new FactIntake(journal, this.#forms);
    return {
      ...accountCalls(services.accounts),
      order: (): WorkerOrder => ({ ...this.#told, inherited: slot.parts }),
      facts: (batch: FactBatch) => intake.take(batch),
      parts: (name: string) => this.#parts(name),
      claim: (claimed: Claimed) => this.#all(async (other) => other !== slot && other.ask('release', claimed)),
    };
  }

  /** Of a worker that does not answer, what it said last. */
  async #parts(name: string): Promise<readonly Json[]> {
    await this.#all((slot) => slot.refresh());
    return this.#slots.flatMap(({ parts }) => (parts[name] === undefined ? [] : [parts[name]]));
  }

  async #mark(): Promise<number> {
    await this.#all((slot) => slot.ask('sync'));
    return this.#crew.journal.mark();
  }

  async #all(ask: (slot: Slot) => Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    await Promise.race([late, Promise.all(this.#slots.map(ask))]);
    clearTimeout(timer);
  }

  #drain(grace: number): Promise<unknown> {
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#ended ??= Promise.all(this.#slots.map((slot) => slot.drain(grace)));
    return this.#ended;
  }

  async #died({ slot, pid, how, wait }: Death): Promise<void> {
    if (wait === undefined || !this.#running) return;
    this.#startAgain(slot, wait);
    this.#ctx.ui.log('warn', 'worker.died', { pid, how, again_ms: wait });
    try {
      await this.#crew.journal.add({ event: 'warning', reason: 'worker.died', pid, how, again_ms: wait });
    } catch (error) {
      this.#ctx.ui.log('error', 'journal.failed', { event: 'warning', message: (error as Error).message });
    }
  }

  #startAgain(slot: Slot, wait: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      // Its death, if it comes to that, is told like any other.
      slot.start().catch((error: Error) => this.#ctx.ui.log('error', 'worker.failed', { message: error.message }));
    }, wait);
    this.#waiting.add(timer);
  }

  #door(service: Service): OpenedDoor {
    const count = (name: keyof Counts) => this.#slots.reduce((sum, slot) => sum + slot.counts(service.id)[name], 0);
    const listens = () => this.#listens.find(({ id }) => id === service.id);
    return {
      service,
      door: {
        get hosts() {
          return listens()?.hosts ?? [];
        },
        get port() {
          return listens()?.port ?? 0;
        },
        get connections() {
          return count('connections');
        },
        state: () => ({
          connections: count('connections'),
          accepted: count('accepted'),
          refused: count('refused'),
          failed: count('failed'),
          draining: this.#ended !== undefined,
          workers: this.#slots.map((slot) => ({ pid: slot.pid ?? null, ...slot.counts(service.id) })),
        }),
        drain: async (grace: number) => {
          await this.#drain(grace);
          return 0;
        },
        close: () => this.close(),
      },
      reload: () => this.#all((slot) => slot.ask('reload')),
    };
  }
}

function bound(journal: Journal): Journal {
  return {
    ...(journal.durable ? { durable: true } : {}),
    add: (fact) => journal.add(fact),
    mark: () => journal.mark(),
    since: (cursor, events, signal) => journal.since(cursor, events, signal),
    claim: (cursor, exclusive) => journal.claim(cursor, exclusive),
    unclaimed: (events) => journal.unclaimed(events),
  };
}
