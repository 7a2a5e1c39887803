/** A server that says what a test tells it to: scripted line by line, on a port of its own. */
import { createServer, type Socket } from 'node:net';
import type { ClientContext, Target } from '../../../src/contracts/protocol.ts';
import { defaults, type Values } from '../../../src/kit/option.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { createDial } from '../../../src/net/dial.ts';
import { client } from '../../../src/protocols/smtp/client.ts';
import { clientOptions } from '../../../src/protocols/smtp/client-options.ts';

export interface Visit {
  readonly socket: Socket;
  /** Everything the client has said so far. */
  said: string;
  /** The next line without its CRLF; undefined when the client has left. */
  line(): Promise<string | undefined>;
  /** Content up to the dot, unstuffed only by the reader. */
  untilDot(): Promise<string>;
  octets(count: number): Promise<Buffer>;
  say(text: string): void;
}

export interface Scripted extends AsyncDisposable {
  readonly port: number;
  readonly visits: Visit[];
}

export async function scripted(play: (visit: Visit) => Promise<void>): Promise<Scripted> {
  const visits: Visit[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const visit = visitOf(socket);
    visits.push(visit);
    void play(visit).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    visits,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function visitOf(socket: Socket): Visit {
  let held = Buffer.alloc(0);
  let ended = false;
  let wake = (): void => {};
  const visit: Visit = {
    socket,
    said: '',
    say: (text) => void socket.write(text, 'latin1'),
    async line() {
      for (let at = held.indexOf('\r\n'); ; at = held.indexOf('\r\n')) {
        if (at !== -1)
          return take(at + 2)
            .subarray(0, -2)
            .toString('latin1');
        if (ended) return undefined;
        await more();
      }
    },
    async untilDot() {
      for (;;) {
        const at = held.subarray(0, 3).equals(Buffer.from('.\r\n')) ? -2 : held.indexOf('\r\n.\r\n');
        if (at !== -1)
          return take(at + 5)
            .subarray(0, -3)
            .toString('latin1');
        if (ended) throw new Error('the client left inside the message');
        await more();
      }
    },
    async octets(count) {
      while (held.length < count && !ended) await more();
      return take(count);
    },
  };
  const take = (count: number): Buffer => {
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
  const more = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    visit.said += chunk.toString('latin1');
    wake();
  });
  socket.on('close', () => {
    ended = true;
    wake();
  });
  socket.on('end', () => {
    ended = true;
    wake();
  });
  return visit;
}

export interface Taken {
  readonly mail: string;
  readonly rcpt: readonly string[];
  readonly message: string;
}

/** An honest small server: takes one message after the other until QUIT. */
export function honest(keywords: readonly string[], taken: Taken[], final = '250 2.0.0 queued as Q1') {
  return async (visit: Visit): Promise<void> => {
    visit.say('220 small.test ESMTP\r\n');
    let mail = '';
    let rcpt: string[] = [];
    const done = (message: string): void => {
      taken.push({ mail, rcpt, message });
      rcpt = [];
      visit.say(`${final}\r\n`);
    };
    for (let line = await visit.line(); line !== undefined; line = await visit.line()) {
      const verb = line.split(/[ :]/)[0]?.toUpperCase();
      if (verb === 'EHLO')
        visit.say(['250-small.test', ...keywords.map((word) => `250-${word}`), '250 HELP', ''].join('\r\n'));
      else if (verb === 'RCPT' && line.includes('nobody')) visit.say('550 5.1.1 no such user\r\n');
      else if (verb === 'RCPT' && line.includes('later')) visit.say('451 4.2.1 not now\r\n');
      else if (verb === 'DATA' && rcpt.length === 0) visit.say('503 5.5.1 no recipients\r\n');
      else if (verb === 'DATA') {
        visit.say('354 go\r\n');
        done(await visit.untilDot());
      } else if (verb === 'QUIT') {
        visit.say('221 2.0.0 bye\r\n');
        visit.socket.end();
      } else {
        if (verb === 'MAIL') mail = line;
        if (verb === 'RCPT') rcpt.push(line);
        visit.say('250 2.1.0 ok\r\n');
      }
    }
  };
}

export interface Wishes {
  readonly scheme?: string;
  readonly tls?: Target['tls'];
  readonly host?: string;
  readonly user?: string;
  readonly password?: string;
  readonly options?: Partial<Values<typeof clientOptions>>;
  readonly signal?: AbortSignal;
}

export const dial = createDial({ timeout: 60_000, log: () => {} });

export function contextFor(port: number, wishes: Wishes = {}): ClientContext<typeof clientOptions> {
  const { scheme = 'smtp', tls = 'starttls', host = '127.0.0.1', user, password } = wishes;
  return {
    target: {
      ...{ scheme, host, port, tls, user, path: [], query: new Map(), shown: `${scheme}://${host}:${port}/` },
      password: password === undefined ? undefined : new Secret(password),
    },
    options: { ...defaults(clientOptions), ...wishes.options },
    log: () => {},
    signal: wishes.signal ?? AbortSignal.timeout(60_000),
  };
}

export function connect(port: number, wishes: Wishes = {}) {
  return client.connect(dial, contextFor(port, wishes));
}

/** A whole message over an open remote. */
export async function send(
  remote: Awaited<ReturnType<typeof connect>>,
  text: string,
  to: readonly string[] = ['b@x.test'],
) {
  const draft = await remote.delivery!.open({ from: 'a@x.test', to: to.map((address) => ({ address })) });
  await draft.write(Buffer.from(text, 'latin1'));
  return draft.commit();
}
