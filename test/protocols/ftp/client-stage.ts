import type { FileTree } from '../../../src/contracts/files.ts';
import type { ClientContext, Target } from '../../../src/contracts/protocol.ts';
import type { LogFacts } from '../../../src/contracts/store.ts';
import { defaults } from '../../../src/kit/option.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { createDial, type DialOptions } from '../../../src/net/dial.ts';
import { createDialBeside } from '../../../src/net/dial-beside.ts';
import { client } from '../../../src/protocols/ftp/client.ts';
import { clientOptions } from '../../../src/protocols/ftp/client-options.ts';

export type Options = ClientContext<typeof clientOptions>['options'];

export interface Wish {
  readonly target?: Partial<Target>;
  readonly options?: Partial<Options>;
  readonly dial?: Partial<DialOptions>;
  readonly signal?: AbortSignal;
  /** Gets the log. */
  readonly logged?: { event: string; facts: LogFacts }[];
}

export function clientContext(port: number, wish: Wish = {}) {
  const target: Target = {
    scheme: 'ftp',
    host: '127.0.0.1',
    port,
    tls: 'starttls',
    user: 'ann',
    password: new Secret('a secret'),
    path: [],
    query: new Map(),
    shown: `ftp://127.0.0.1:${port}/`,
    ...wish.target,
  };
  const log = (_level: string, event: string, facts: LogFacts = {}): void => void wish.logged?.push({ event, facts });
  const signal = wish.signal ?? new AbortController().signal;
  const how: DialOptions = { timeout: 60_000, env: {}, localCa: null, log, signal, ...wish.dial };
  const ctx: ClientContext<typeof clientOptions> = {
    target,
    options: { ...defaults(clientOptions), ...wish.options } as Options,
    beside: createDialBeside(target, how),
    log,
    signal,
  };
  return { dial: createDial(how), ctx };
}

/** A server's files; dispose to say goodbye. */
export async function filesAt(port: number, wish: Wish = {}): Promise<{ files: FileTree } & AsyncDisposable> {
  const { dial, ctx } = clientContext(port, wish);
  const remote = await client.connect(dial, ctx);
  return { files: remote.files!, [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose]() };
}
