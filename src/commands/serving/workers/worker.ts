/** One of several processes that serve the same: doors and files are its own, whatever must be one is the first process's. */
import type { Services } from '../../../contracts/services.ts';
import { asCsError } from '../../../kit/errors.ts';
import { watchPressure } from '../../../net/pressure.ts';
import type { CommandContext } from '../../command.ts';
import { createDoors, type OpenedDoor } from '../doors.ts';
import { bindHosts } from '../exposure.ts';
import { openFiles } from '../open-files.ts';
import type { ServingContext, ServingOrder } from '../start.ts';
import { Channel, type Message } from './channel.ts';
import { farAccounts } from './far-accounts.ts';
import { FarJournal } from './far-journal.ts';
import type { Claimed, Counts, Listens, Report, WorkerOrder } from './orders.ts';
import { Parts } from './parts.ts';
import { share } from './shares.ts';

/** Milliseconds between two reports. */
const REPORT = 250;

type Work = Pick<ServingOrder, 'services' | 'tls' | 'files' | 'transcript'>;

/** Serves until the first process says that it is enough, or is gone; resolves to the exit code. */
export async function work(ctx: CommandContext, work: Work): Promise<number> {
  let worker: Worker | undefined;
  let stop = (_exit: number): void => {};
  const stopped = new Promise<number>((resolve) => {
    stop = resolve;
  });
  const channel = new Channel(tell, {
    drain: async (grace: number) => {
      await worker?.drain(grace);
      stop(0);
    },
    reload: () => worker?.reload(),
    sync: () => worker?.journal.settled(),
    report: () => worker?.report(),
    release: (claimed: Claimed) => worker?.release(claimed),
  });
  process.on('message', (message: Message) => channel.receive(message));
  // A terminal's Ctrl-C and hang-up reach every process of its group: what they mean is said by the first one.
  process.on('SIGHUP', () => {});
  process.once('uncaughtException', (error) => {
    ctx.ui.log('error', 'uncaught', { message: error.message, stack: error.stack ?? '' });
    process.once('uncaughtException', () => process.exit(125));
    void worker?.drain(ctx.options.grace).then(() => stop(125));
    if (!worker) stop(125);
  });
  try {
    worker = await Worker.open(ctx, work, channel);
    await channel.ask('listening', worker.listens());
  } catch (thrown) {
    const { code, message, hint } = asCsError(thrown);
    await channel.ask('failed', { code, message, hint });
    return 1;
  }
  const exit = await stopped;
  worker.end();
  return exit;
}

/** The first process may be gone: then this one ends soon, too. */
function tell(message: Message): void {
  process.send?.(message, undefined, undefined, () => {});
}

class Worker {
  readonly journal: FarJournal;
  readonly #doors: readonly OpenedDoor[];
  readonly #parts: Parts;
  readonly #close: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  readonly #channel: Channel;
  readonly #reloaded: readonly { reload(): Promise<void> }[];

  static async open(ctx: CommandContext, work: Work, channel: Channel): Promise<Worker> {
    const told = await channel.ask<WorkerOrder>('order');
    const journal = new FarJournal(told.durable, (batch) => channel.ask('facts', batch));
    const parts = new Parts(
      told.inherited,
      (name) => channel.ask('parts', name),
      (claimed) => channel.ask('claim', claimed),
    );
    const serving: ServingContext = { ...ctx, options: share(ctx.options, told.workers), env: {} };
    const order: ServingOrder = {
      ...work,
      name: '',
      socket: '',
      siblings: parts,
      ticketKeys: Buffer.from(told.ticketKeys, 'base64'),
    };
    const files = await openFiles(serving, work.files, journal);
    const services: Partial<Services> = {
      journal,
      accounts: farAccounts(ctx.options.auth, channel),
      files: files.house,
    };
    const pressure = watchPressure((overload) => ctx.ui.log('warn', 'overload', { limit: overload ?? null }));
    const overloaded = (): boolean => pressure.overloaded() || journal.behind;
    const doors = createDoors(serving, order, journal, bindHosts(serving.options), overloaded);
    const opened: OpenedDoor[] = [];
    for (const service of work.services) opened.push(await doors.open(service, told.ports[service.id] ?? 0, services));
    // Who comes in a dead worker's place was not started as root.
    if (ctx.options.runAs !== undefined && process.getuid?.() === 0) {
      (await import('../run-as.ts')).runAs(ctx.options.runAs);
    }
    const close = async (): Promise<void> => {
      pressure.stop();
      await files.close();
    };
    return new Worker(channel, journal, opened, parts, close, [...opened, files]);
  }

  private constructor(
    channel: Channel,
    journal: FarJournal,
    doors: readonly OpenedDoor[],
    parts: Parts,
    close: () => Promise<void>,
    reloaded: readonly { reload(): Promise<void> }[],
  ) {
    this.journal = journal;
    this.#channel = channel;
    this.#doors = doors;
    this.#parts = parts;
    this.#close = close;
    this.#reloaded = reloaded;
    let before = '';
    this.#timer = setInterval(() => {
      const report = this.report();
      const text = JSON.stringify(report);
      if (text !== before) this.#channel.ask('report', report).catch(() => {});
      before = text;
    }, REPORT);
  }

  listens(): readonly Listens[] {
    return this.#doors.map(({ door, service }) => ({ id: service.id, hosts: door.hosts, port: door.port }));
  }

  report(): Report {
    const counts = this.#doors.map(({ door, service }) => [service.id, countsOf(door.state())] as const);
    return { doors: Object.fromEntries(counts), parts: this.#parts.now() };
  }

  release(claimed: Claimed): Promise<void> {
    return this.#parts.release(claimed);
  }

  async reload(): Promise<void> {
    for (const one of this.#reloaded) await one.reload();
  }

  /** What was served is told whole before this resolves. */
  async drain(grace: number): Promise<void> {
    await Promise.all(this.#doors.map(({ door }) => door.drain(grace)));
    await this.journal.settled();
    await this.#channel.ask('report', this.report()).catch(() => {});
    await this.#close();
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

function countsOf(state: Readonly<Record<string, unknown>>): Counts {
  const number = (name: string): number => Number(state[name] ?? 0);
  return {
    connections: number('connections'),
    accepted: number('accepted'),
    refused: number('refused'),
    failed: number('failed'),
  };
}
