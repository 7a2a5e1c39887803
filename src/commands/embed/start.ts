/** `start('smtp')`: servers inside this process, as `cs run` starts them, for tests and programs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CsError } from '../../kit/errors.ts';
import { flagName, type Options } from '../../kit/option.ts';
import { suggest } from '../../kit/suggest.ts';
import { type Command, defineCommand } from '../command.ts';
import { commandOptions, settle } from '../context.ts';
import type { Parsed } from '../parse.ts';
import { randomCredentials } from '../serving/credentials.ts';
import { serverEnv } from '../serving/ready.ts';
import { findServices } from '../serving/services.ts';
import { start as startServers } from '../serving/start.ts';
import type { Servers, StartOptions } from './fixture.ts';
import { inbox } from './inbox.ts';
import { requests } from './requests.ts';
import { testInbox } from './test-inbox.ts';

/** The flags of `cs serve`, for servers inside this process. */
const COMMAND: Command = defineCommand({
  path: 'start',
  summary: 'run servers inside a program',
  examples: [],
  operands: [],
  options: {},
  globals: ['servers', 'opening'],
  load: async () => {
    throw new CsError('CS_BUG', 'no verb of the command line');
  },
});
/** Time that open conversations have at the end of a test. */
const GRACE = '1s';

/** Throws `CsError` as the command line would fail: an unknown flag, a port in use, an unsafe start. */
export async function start(
  services: string | readonly string[],
  options: StartOptions,
  version: string,
): Promise<Servers> {
  const found = findServices(typeof services === 'string' ? services.split(/[\s,]+/) : services);
  const settled = await settle(COMMAND, parsedFrom(options), {}, undefined);
  const { tls = 'off', files: root } = settled.options;
  const directory = await mkdtemp(join(tmpdir(), 'cs-embed-'));
  const socket = join(directory, 'control.sock');
  const credentials = randomCredentials();
  const remove = () => rm(directory, { recursive: true, force: true });
  const running = await startServers(
    {
      options: settled.options,
      sections: settled.sections,
      version,
      env: process.env,
      origin: (key) => settled.origins[key] ?? 'default',
      ui: { log: () => {} },
    },
    {
      services: found,
      name: settled.options.name ?? 'embedded',
      socket,
      tls,
      credentials,
      files: { root, kept: false },
    },
  ).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= running.drain(settled.options.grace).finally(remove);
    return stopped;
  };
  const started = running.facts.servers.map(({ id, host, port, url }) => ({ id, host, port, url }));
  return {
    servers: started,
    credentials,
    env: Object.assign({ CS_CONTROL: socket }, ...running.facts.servers.map((one) => serverEnv(one, credentials))),
    url: (id) => urlOf(started, id),
    inbox: (more) => testInbox(running, (id) => urlOf(started, id), more),
    ...inbox(running.store),
    ...requests(running.store.journal),
    mark: () => running.store.journal.mark(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function urlOf(started: Servers['servers'], id: string): string {
  const server = started.find((one) => one.id === id);
  if (server) return server.url;
  throw new CsError('CS_USAGE', `no server ${JSON.stringify(id)} was started`, {
    hint: started.map((one) => one.id).join(' '),
  });
}

/** As if they stood on a command line; free ports unless one is named. */
function parsedFrom(given: StartOptions): Parsed {
  const known: Options = commandOptions(COMMAND);
  const flags: Record<string, readonly string[]> = { grace: [GRACE] };
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, key)) {
      const near = suggest(key, Object.keys(known));
      throw new CsError('CS_USAGE', `no option ${JSON.stringify(key)}`, {
        hint: near ? `did you mean ${near}?` : 'the flags of cs serve, in camel case',
      });
    }
    if (value === undefined) continue;
    const many = Array.isArray(value) ? value.map(String) : [String(value)];
    if (many.length > 1 && known[key]?.many !== true) {
      throw new CsError('CS_USAGE', `--${flagName(key)} takes one value`);
    }
    flags[key] = many;
  }
  flags.port = ['0', ...(flags.port ?? [])];
  return { flags, operands: [], rest: [], help: false };
}
