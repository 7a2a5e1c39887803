/** A control server over a real door, in front of a store in memory, and its client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instance } from '../../../src/contracts/instance.ts';
import type { ClientContext, ServerContext, Target } from '../../../src/contracts/protocol.ts';
import type { Remote } from '../../../src/contracts/services.ts';
import type { OpenStore } from '../../../src/contracts/store.ts';
import { defaults } from '../../../src/kit/option.ts';
import type { Secret } from '../../../src/kit/secret.ts';
import { createDial } from '../../../src/net/dial.ts';
import { openDoor } from '../../../src/net/door.ts';
import { client } from '../../../src/protocols/control/client.ts';
import { control } from '../../../src/protocols/control/protocol.ts';
import { server } from '../../../src/protocols/control/server.ts';
import { open as openMemory } from '../../../src/stores/memory/open.ts';
import { options as memoryOptions } from '../../../src/stores/memory/options.ts';
import { MemoryTree } from '../../../src/stores/memory-tree/memory-tree.ts';
import { Room } from '../../../src/stores/memory-tree/room.ts';
import { LIMITS } from '../../net/door-fixture.ts';

export interface ControlStage {
  readonly store: OpenStore;
  readonly files: MemoryTree;
  readonly socket: string;
  /** Over TCP, where a token is needed. */
  readonly port: number;
  /** What the instance was asked to do. */
  readonly asked: string[];
  connect(more?: Partial<Target>, signal?: AbortSignal): Promise<Remote>;
  /** A connection like that of a peer elsewhere. */
  tcp(token?: Secret): Promise<Remote>;
  drain(): Promise<void>;
  close(): Promise<void>;
}

export const READY = { schema: 'cs.ready/1', event: 'ready', name: 'test' };

export async function controlStage(token?: string, memory: { messages?: number } = {}): Promise<ControlStage> {
  const directory = mkdtempSync(join(tmpdir(), 'cs-control-'));
  const socket = join(directory, 'c.sock');
  const options = { ...defaults(memoryOptions), ...(memory.messages ? { memoryMessages: memory.messages } : {}) };
  const store = await openMemory({ dir: undefined, options, log: () => {} });
  const asked: string[] = [];
  const files = new MemoryTree(new Room(1 << 20));
  const instance: Instance = {
    ready: () => READY,
    state: () => ({ schema: 'cs.state/1', servers: [] }),
    stop: async () => void asked.push('stop'),
    reload: async () => void asked.push('reload'),
  };
  const context: ServerContext<'journal' | 'mail' | 'queue' | 'files' | 'instance', typeof control.options> = {
    services: { journal: store.journal, mail: store.mail, queue: store.spool, files: { of: () => files }, instance },
    options: { token },
    server: { id: 'control', scheme: 'cs', hostname: 'localhost' },
    limits: LIMITS,
    tls: 'off',
    log: () => {},
    version: '0.0.0',
  };
  const door = await openDoor({
    id: 'control',
    protocol: control,
    handler: await server.open(context),
    listen: { hosts: ['127.0.0.1'], port: 0, sockets: [socket] },
    tls: { mode: 'off' },
    limits: LIMITS,
    journal: { add: async () => 0 },
    log: () => {},
  });
  const connect = (more: Partial<Target> = {}, signal = new AbortController().signal): Promise<Remote> => {
    const target: Target = {
      scheme: 'cs',
      host: 'local',
      port: 0,
      tls: 'none',
      user: undefined,
      password: undefined,
      path: [],
      query: new Map(),
      socket,
      shown: 'cs://local/',
      ...more,
    };
    const ctx: ClientContext = { target, options: {}, log: () => {}, signal };
    return client.connect(createDial({ timeout: 60_000, signal, log: () => {} }), ctx);
  };
  return {
    store,
    files,
    socket,
    port: door.port,
    asked,
    connect,
    tcp: (password) => {
      const { socket: _none, ...target } = { socket, host: '127.0.0.1', port: door.port, password };
      return connect({ ...target, socket: undefined } as Partial<Target>);
    },
    drain: async () => void (await door.drain(2000)),
    close: async () => {
      await door.close();
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
