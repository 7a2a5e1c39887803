import type { Duplex } from 'node:stream';
import type { MailStore } from '../../../src/contracts/mail.ts';
import type { ClientContext, Dial, Target } from '../../../src/contracts/protocol.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { StreamConnection } from '../../../src/net/connection.ts';
import { client } from '../../../src/protocols/pop3/client.ts';
import { duplexPair } from '../../net/duplex-pair.ts';

export function target(more: Partial<Target> = {}): Target {
  return {
    scheme: 'pop3',
    host: 'localhost',
    port: 1110,
    tls: 'starttls',
    user: 'ann@x.test',
    password: new Secret('a secret'),
    path: [],
    query: new Map(),
    shown: 'pop3://localhost/',
    ...more,
  };
}

export function clientContext(more: Partial<Target> = {}, signal = new AbortController().signal): ClientContext {
  return { target: target(more), options: {}, log: () => {}, signal };
}

/** Every dial takes another stream; `address` is where the server seems to be. */
export function dialTo(connect: () => Promise<Duplex> | Duplex, address = '127.0.0.1'): Dial {
  return async () =>
    new StreamConnection({
      stream: await connect(),
      id: 'd1',
      role: 'client',
      peer: { address, port: 110, loopback: address === '127.0.0.1' },
      local: { address: '127.0.0.1', port: 1, loopback: true },
      upgrade: () => Promise.reject(new Error('a handshake was begun')),
    });
}

/** A mailbox at the far end; dispose to say goodbye. */
export async function mailboxAt(
  connect: () => Promise<Duplex> | Duplex,
  more: Partial<Target> = {},
): Promise<{ mail: MailStore } & AsyncDisposable> {
  const remote = await client.connect(dialTo(connect), clientContext(more));
  return { mail: remote.mail!, [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose]() };
}

/** A server that says what it was told to, whatever it hears: `script` gets each line, `undefined` first. */
export function scripted(script: (line: string | undefined, say: (text: string) => void) => void): () => Duplex {
  return () => {
    const [near, far] = duplexPair();
    const say = (text: string): void => {
      if (!near.writableEnded) near.write(text);
    };
    let held = '';
    near.on('data', (chunk: Buffer) => {
      held += chunk.toString('latin1');
      for (let at = held.indexOf('\r\n'); at !== -1; at = held.indexOf('\r\n')) {
        const line = held.slice(0, at);
        held = held.slice(at + 2);
        script(line, say);
      }
    });
    near.on('end', () => near.end());
    near.on('error', () => {});
    script(undefined, say);
    return far;
  };
}
