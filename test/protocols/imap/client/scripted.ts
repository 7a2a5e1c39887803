/** A server that says what it was told to, and a client that talks to it without a network. */
import type { Duplex } from 'node:stream';
import type { MailStore } from '../../../../src/contracts/mail.ts';
import type { ClientContext, Dial, Target } from '../../../../src/contracts/protocol.ts';
import { Secret } from '../../../../src/kit/secret.ts';
import { StreamConnection } from '../../../../src/net/connection.ts';
import { client } from '../../../../src/protocols/imap/client.ts';
import { duplexPair } from '../../../net/duplex-pair.ts';

export function context(more: Partial<Target> = {}, signal = new AbortController().signal): ClientContext {
  const target: Target = {
    scheme: 'imap',
    host: 'localhost',
    port: 1143,
    tls: 'starttls',
    user: 'ann@x.test',
    password: new Secret('a secret'),
    path: [],
    query: new Map(),
    shown: 'imap://localhost/',
    ...more,
  };
  return { target, options: {}, log: () => {}, signal };
}

/** Every dial takes another stream; `address` is where the server seems to be. */
export function dialTo(connect: () => Promise<Duplex> | Duplex, address = '127.0.0.1'): Dial {
  return async () =>
    new StreamConnection({
      stream: await connect(),
      id: 'd1',
      role: 'client',
      peer: { address, port: 143, loopback: address === '127.0.0.1' },
      local: { address: '127.0.0.1', port: 1, loopback: true },
      upgrade: () => Promise.reject(new Error('a handshake was begun')),
    });
}

type Reply = string | Buffer | undefined;
/** What a line of the client (without its tag) is answered with; `T` stands for the tag. */
export type Script = (line: string, tag: string) => Reply;

export interface Scripted {
  readonly connect: () => Duplex;
  /** Every line that came, tags taken off; a literal is a line like any other. */
  readonly heard: string[];
}

const USUAL = 'IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN';

/** Greets, tells `capabilities`, takes every login; `script` comes first. */
export function scripted(script: Script, capabilities = USUAL, greeting = '* OK hello\r\n'): Scripted {
  const heard: string[] = [];
  const usual: Script = (line) => {
    if (line === 'CAPABILITY') return `* CAPABILITY ${capabilities}\r\nT OK done\r\n`;
    if (line === 'LIST "" ""') return '* LIST (\\Noselect) "/" ""\r\nT OK done\r\n';
    if (line === 'NOOP') return 'T OK done\r\n';
    if (line.startsWith('STATUS ')) return '* STATUS Box (UIDVALIDITY 7 MESSAGES 1)\r\nT OK done\r\n';
    if (line === 'LOGOUT') return '* BYE bye\r\nT OK done\r\n';
    if (/^(?:EXAMINE|SELECT) /.test(line)) return '* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nT OK done\r\n';
    return /^(?:AUTHENTICATE|LOGIN|ENABLE|UNSELECT)/.test(line) ? 'T OK done\r\n' : undefined;
  };
  const connect = (): Duplex => {
    const [near, far] = duplexPair();
    let tag = '';
    let held = '';
    near.on('data', (chunk: Buffer) => {
      held += chunk.toString('latin1');
      for (let at = held.indexOf('\r\n'); at !== -1; at = held.indexOf('\r\n')) {
        const [, given, line] = /^(c\d+) (.*)$/s.exec(held.slice(0, at)) ?? [undefined, undefined, held.slice(0, at)];
        tag = given ?? tag;
        held = held.slice(at + 2);
        heard.push(line!);
        const reply = script(line!, tag) ?? usual(line!, tag);
        if (typeof reply === 'string') near.write(reply.replace(/^T /gm, `${tag} `));
        else if (reply) near.write(reply);
      }
    });
    near.on('end', () => near.end());
    near.on('error', () => {});
    near.write(greeting);
    return far;
  };
  return { connect, heard };
}

/** An account at the far end; dispose to say goodbye. */
export async function accountAt(
  { connect }: Pick<Scripted, 'connect'>,
  more: Partial<Target> = {},
): Promise<{ mail: MailStore } & AsyncDisposable> {
  const remote = await client.connect(dialTo(connect), context(more));
  return { mail: remote.mail!, [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose]() };
}
