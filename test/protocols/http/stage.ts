/** The web server over a real door and a tree in memory. */
import type { FileFacts, FileTree } from '../../../src/contracts/files.ts';
import type { NewFact } from '../../../src/contracts/journal.ts';
import type { Limits } from '../../../src/contracts/protocol.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { type FilePath, fileName } from '../../../src/kit/file-path.ts';
import { defaults, type Values } from '../../../src/kit/option.ts';
import type { DoorConfig } from '../../../src/net/door.ts';
import { options } from '../../../src/protocols/http/options.ts';
import { http } from '../../../src/protocols/http/protocol.ts';
import { server, type WebContext } from '../../../src/protocols/http/server.ts';
import { LIMITS, type Opened, open } from '../../net/door-fixture.ts';
import { talk } from '../shared/http/stage.ts';

export interface Stage extends Opened {
  readonly requests: NewFact[];
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Files by their path, `old` ones a second older; directories are what paths imply. `peek` and `readAt` as a disk has them. */
export function treeOf(files: Files, old: ReadonlySet<string> = new Set()): FileTree {
  const held = new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]));
  const facts = (path: FilePath): FileFacts => {
    const name = path.join('/');
    const content = held.get(name);
    if (content) {
      const modified = MODIFIED - (old.has(name) ? 1000 : 0);
      return { kind: 'file', size: content.length, modified, tag: `t-${name.length}-${content.length}` };
    }
    const directory = path.length === 0 || [...held.keys()].some((key) => key.startsWith(`${name}/`));
    if (directory) return { kind: 'directory', size: 0, modified: MODIFIED, tag: '' };
    throw new CsError('CS_NOT_FOUND', 'there is nothing of that name');
  };
  return {
    stat: async (path) => facts(path),
    peek: (path) => (held.has(path.join('/')) ? facts(path) : undefined),
    list: async function* (path) {
      const before = path.length === 0 ? '' : `${path.join('/')}/`;
      const names = [...held.keys()]
        .filter((key) => key.startsWith(before))
        .map((key) => key.slice(before.length).split('/')[0]!);
      for (const name of new Set(names)) yield { ...facts([...path, fileName(name)]), name: fileName(name) };
    },
    open: async (path) => {
      const content = held.get(path.join('/'));
      if (!content) throw new CsError('CS_IS_DIRECTORY', 'a directory');
      return {
        facts: facts(path),
        read: async function* ({ start, end } = { start: 0 }) {
          yield content.subarray(start, end);
        },
        readAt: async (into, position) => content.copy(into, 0, position),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

/** Wed, 07 Jan 2026 10:00:00.500 GMT */
export const MODIFIED = Date.UTC(2026, 0, 7, 10) + 500;

export async function web(
  files: Files | FileTree,
  chosen: Partial<Values<typeof options>> = {},
  limits: Partial<Limits> = {},
  more: Partial<Omit<WebContext, 'services'>> & { readonly services?: Partial<WebContext['services']> } = {},
  door: Partial<DoorConfig> = {},
): Promise<Stage> {
  const tree = 'stat' in files ? (files as FileTree) : treeOf(files as Files);
  const requests: NewFact[] = [];
  const { services, ...overrides } = more;
  const context: WebContext = {
    services: {
      files: { of: () => tree },
      accounts: {
        mode: 'any',
        verify: async () => undefined,
        settle: async () => undefined,
        owner: async () => undefined,
      },
      journal: {
        add: async (fact) => requests.push(fact),
        mark: async () => requests.length,
        since: () => ({ [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) }),
        claim: async () => false,
        unclaimed: async () => [],
      },
      ...services,
    },
    options: { ...defaults(options), ...chosen },
    server: { id: 'http', scheme: 'http', hostname: 'localhost' },
    limits: { ...LIMITS, ...limits },
    tls: 'off',
    log: () => {},
    version: '0',
    ...overrides,
  };
  const opened = await open(await server.open(context), { protocol: http, limits: context.limits, ...door });
  return Object.assign(opened, { requests });
}

/** One answer, head and content apart. */
export interface Answer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly raw: Buffer;
}

/** One request on a connection of its own. */
export async function ask(
  stage: Opened,
  target: string,
  more: readonly string[] = [],
  method = 'GET',
): Promise<Answer> {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...more];
  return parse(await talk(stage, `${lines.join('\r\n')}\r\n\r\n`));
}

export function parse(text: string): Answer {
  const at = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, at).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  return {
    status: Number(first.split(' ')[1]),
    headers,
    body: text.slice(at + 4),
    raw: Buffer.from(text.slice(at + 4), 'latin1'),
  };
}
