/** Opens the store, the accounts and one door per service, and says when all of them accept. The only wiring of servers. */
import type { Journal } from '../../contracts/journal.ts';
import type { LentInboxes } from '../../contracts/lent.ts';
import type { Services } from '../../contracts/services.ts';
import type { Siblings } from '../../contracts/siblings.ts';
import type { OpenStore } from '../../contracts/store.ts';
import { residentMemory } from '../../kit/resident-memory.ts';
import { type Overload, watchPressure } from '../../net/pressure.ts';
import type { Result, Ui } from '../../ui/ui.ts';
import type { CommandContext } from '../command.ts';
import type { GlobalValues } from '../globals.ts';
import { openControl } from './control.ts';
import { addAccount, type Credentials } from './credentials.ts';
import { createDoors, type OpenedDoor, type TranscriptSink, tlsMode } from './doors.ts';
import { bindHosts, checkExposure } from './exposure.ts';
import { handOut } from './handed.ts';
import type { ServedFiles } from './open-files.ts';
import { openStore } from './open-store.ts';
import { type ReadyFacts, readyObject, readyServer, serverEnv } from './ready.ts';
import { portsFor, type Service } from './services.ts';

export interface ServingOrder {
  readonly services: readonly Service[];
  readonly name: string;
  /** The Unix socket of the control API. */
  readonly socket: string;
  readonly tls: GlobalValues['tls'];
  readonly transcript?: TranscriptSink;
  /** Processes that serve; absent: this one. */
  readonly workers?: number;
  /** In one of them: the others, and the keys of the session tickets of all. */
  readonly siblings?: Siblings;
  readonly ticketKeys?: Buffer;
  readonly credentials?: Credentials;
  /** The root of the files (undefined: the working directory, or nothing in memory), and whether changes are kept there. */
  readonly files: { readonly root: string | undefined; readonly kept: boolean };
}

export type ServingContext = Pick<CommandContext, 'options' | 'sections' | 'version' | 'env' | 'origin'> & {
  readonly ui: Pick<Ui, 'log'>;
};

export interface Running {
  readonly facts: ReadyFacts;
  readonly ready: Result;
  /** With passwords: for 0600 files only. */
  readonly full: Result;
  readonly store: OpenStore;
  readonly lent: LentInboxes;
  readonly warnings: readonly string[];
  connections(): number;
  /** Since the start. */
  counts(): { readonly connections: number; readonly mails: number };
  state(): Result;
  reload(): Promise<void>;
  /** Resolves when somebody asked by the control API to stop. */
  readonly stopped: Promise<void>;
  /** Stop accepting, let conversations end, say `last` while the journal is still there, close everything. */
  drain(grace: number, last?: () => Promise<void>): Promise<void>;
}

type Closer = () => Promise<void>;

export async function start(ctx: ServingContext, order: ServingOrder): Promise<Running> {
  const closers: Closer[] = [];
  try {
    return await open(ctx, order, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function open(ctx: ServingContext, order: ServingOrder, closers: Closer[]): Promise<Running> {
  const { options } = ctx;
  const hosts = bindHosts(options);
  const modes = order.services.map(({ scheme }) => tlsMode(scheme, order.tls));
  const { exposure, warnings } = checkExposure(hosts, options, modes);
  const ports = portsFor(order.services, options.port, options.standardPorts);
  if (options.fail.length > 0) await (await import('./fault-words.ts')).checkFaultWords(options.fail, order.services);
  const store = await openStore(ctx);
  closers.push(async () => store[Symbol.asyncDispose]());
  const files = await servedFiles(ctx, order, store);
  if (files) closers.push(() => files.close());
  const { services, lent, stopped, mails, attach, relay } = await handOut(ctx, store, files?.house);
  closers.push(async () => lent.close());
  if (relay) closers.push(() => relay.stop());
  if (options.webhook.length > 0) {
    const hooks = await (await import('./hooks/open-hooks.ts')).openHooks(ctx, store);
    closers.push(() => hooks.stop());
  }
  if (order.credentials) await addAccount(store, order.credentials);

  const pressure = watchPressure((overload) => void tellOverload(ctx, store, overload));
  closers.push(async () => pressure.stop());
  const { opened, journal } = await openDoors(
    ctx,
    order,
    { services, store, ports, hosts, closers },
    pressure.overloaded,
  );
  const control = await openControl(ctx, order, { ...services, journal });
  closers.push(() => control.close());
  if (options.runAs !== undefined) (await import('./run-as.ts')).runAs(options.runAs);

  const facts: ReadyFacts = {
    name: order.name,
    version: ctx.version,
    startedAt: new Date(performance.timeOrigin),
    startupMs: Math.round(performance.now()),
    store: store.info,
    socket: control.path,
    exposure,
    servers: opened.map(({ door, service }) => readyServer(door, service, tlsMode(service.scheme, order.tls), ctx)),
    ...(files ? { files: files.shown } : {}),
    ...(order.workers ? { workers: order.workers } : {}),
    ...(order.credentials ? { credentials: order.credentials } : {}),
    ...(relay ? { leaving: options.relayAllow } : {}),
  };
  const reloaded = files ? [...opened, files] : opened;
  const running = handle(facts, { store, lent }, opened, reloaded, closers, warnings, stopped, mails);
  attach(running);
  return running;
}

interface DoorsOrder {
  readonly services: Services;
  readonly store: OpenStore;
  readonly ports: ReadonlyMap<string, number>;
  readonly hosts: readonly string[];
  readonly closers: Closer[];
}

/** Here, or in as many processes as were asked for. */
async function openDoors(
  ctx: ServingContext,
  order: ServingOrder,
  { services, store, ports, hosts, closers }: DoorsOrder,
  overloaded: () => boolean,
): Promise<{ readonly opened: readonly OpenedDoor[]; readonly journal: Journal }> {
  const { journal } = store;
  if (order.workers !== undefined) {
    const { openCrew } = await import('./workers/crew.ts');
    const named = ctx.options.host.length > 0 || ctx.options.public ? hosts : undefined;
    const crew = await openCrew(ctx, order, { workers: order.workers, services, journal, ports, hosts: named });
    closers.push(() => crew.close());
    return { opened: crew.doors, journal: crew.journal };
  }
  const doors = createDoors(ctx, order, journal, hosts, overloaded);
  const opened: OpenedDoor[] = [];
  for (const service of order.services) {
    const door = await doors.open(service, ports.get(service.id) ?? 0, services);
    closers.push(() => door.door.close());
    opened.push(door);
  }
  return { opened, journal };
}

/** Undefined where no service takes files: a mail server need not find its root. */
async function servedFiles(
  ctx: ServingContext,
  order: ServingOrder,
  store: OpenStore,
): Promise<ServedFiles | undefined> {
  if (!order.services.some(({ protocol }) => protocol.needs.includes('files'))) return undefined;
  const { openFiles } = await import('./open-files.ts');
  return openFiles(ctx, order.files, store.journal);
}

async function tellOverload({ ui }: ServingContext, store: OpenStore, overload: Overload | undefined): Promise<void> {
  if (overload === undefined) return ui.log('warn', 'overload', { over: true });
  ui.log('warn', 'overload', { limit: overload });
  try {
    await store.journal.add({ event: 'limit', limit: overload });
  } catch (error) {
    ui.log('error', 'journal.failed', { event: 'limit', message: (error as Error).message });
  }
}

function handle(
  facts: ReadyFacts,
  kept: Pick<Running, 'store' | 'lent'>,
  opened: readonly OpenedDoor[],
  reloaded: readonly { reload(): Promise<void> }[],
  closers: Closer[],
  warnings: readonly string[],
  stopped: Promise<void>,
  mails: () => number,
): Running {
  const ready = readyObject(facts);
  const secrets = Object.assign({}, ...facts.servers.map((server) => serverEnv(server, facts.credentials)));
  return {
    facts,
    ready,
    full: { ...ready, env: { ...(ready.env as object), ...secrets } },
    ...kept,
    warnings,
    stopped,
    connections: () => opened.reduce((sum, { door }) => sum + door.connections, 0),
    counts: () => ({
      connections: opened.reduce((sum, { door }) => sum + Number(door.state().accepted), 0),
      mails: mails(),
    }),
    state: () => ({
      schema: 'cs.state/1',
      name: facts.name,
      uptime_ms: Math.round(performance.now()),
      rss_bytes: residentMemory(),
      servers: opened.map(({ door, service }) => ({ id: service.id, ...door.state() })),
    }),
    reload: async () => {
      for (const one of reloaded) await one.reload();
    },
    drain: async (grace, last) => {
      await Promise.all(opened.map(({ door }) => door.drain(grace)));
      await last?.();
      await closeAll(closers);
    },
  };
}

async function closeAll(closers: Closer[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
