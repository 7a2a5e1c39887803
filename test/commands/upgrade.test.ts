/** TLS that begins inside a conversation, by raw clients that send their ClientHello in every way, twenty at once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { type Serving, serve } from '../interop/server.ts';

const AT_ONCE = 20;
/** An answer that nobody asked for is waited out. */
const LIMIT = { timeout: 60_000 };

interface Words {
  readonly greeting: RegExp;
  readonly begin: string;
  readonly go: RegExp;
  readonly inside: string;
  readonly answered: RegExp;
  /** What somebody in the middle would like to be said inside. */
  readonly injected: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  smtp: {
    greeting: /^220 .*\r\n$/,
    begin: 'STARTTLS',
    go: /^220 .*\r\n$/,
    inside: 'EHLO inside',
    answered: /^250-.*\r\n(250-.*\r\n)*250 .*\r\n$/,
    injected: 'VRFY injected',
  },
  imap: {
    greeting: /^\* OK .*\r\n$/,
    begin: 'a STARTTLS',
    go: /^a OK .*\r\n$/,
    inside: 'b CAPABILITY',
    answered: /^\* CAPABILITY .*\r\nb OK .*\r\n$/,
    injected: 'i NOOP',
  },
  pop3: {
    greeting: /^\+OK .*\r\n$/,
    begin: 'STLS',
    go: /^\+OK .*\r\n$/,
    inside: 'CAPA',
    answered: /^\+OK.*\r\n(\w.*\r\n)*\.\r\n$/,
    injected: 'NOOP',
  },
  ftp: {
    greeting: /^220 .*\r\n$/,
    begin: 'AUTH TLS',
    go: /^234 .*\r\n$/,
    inside: 'FEAT',
    answered: /^211-.*\r\n( .*\r\n)*211 .*\r\n$/,
    injected: 'SYST',
  },
};

/** Pieces of the first flight, and what is waited for before each. */
type Pace = (first: Buffer, serving: Serving, protocol: string) => AsyncIterable<Buffer> | Iterable<Buffer>;

const turn = () => new Promise((resolve) => setImmediate(resolve));

const PACES: Readonly<Record<string, Pace>> = {
  'at once': (first) => [first],
  'in three writes': async function* (first) {
    for (const [from, to] of [[0, 3], [3, 60], [60]] as const) {
      yield first.subarray(from, to);
      await turn();
    }
  },
  'octet by octet': async function* (first) {
    for (const octet of first) {
      yield Buffer.of(octet);
      await turn();
    }
  },
  'when somebody else has been served': async function* (first, serving, protocol) {
    const other = connect(serving.port(protocol), '127.0.0.1');
    await once(other, 'data');
    other.destroy();
    yield first;
  },
};

/** The socket, with its first flight cut into pieces. */
function paced(socket: Socket, pieces: (first: Buffer) => ReturnType<Pace>): Duplex {
  let first = true;
  const send = async (chunk: Buffer) => {
    for await (const piece of first ? pieces(chunk) : [chunk]) socket.write(piece);
    first = false;
  };
  return new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => void send(chunk).then(() => done(), done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
    construct(done) {
      socket.on('data', (chunk) => this.push(chunk)).on('end', () => this.push(null));
      done();
    },
  });
}

/** Everything up to where `pattern` matches the whole of it. */
function said(stream: Duplex, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!pattern.test(text)) return;
      stream.off('data', take).off('close', lost);
      resolve(text);
    };
    const lost = () => reject(new Error(`closed after ${JSON.stringify(text)}, without ${pattern}`));
    stream.on('data', take).on('close', lost);
  });
}

describe('TLS inside a conversation', () => {
  let serving: Serving;
  before(async () => {
    serving = await serve(['smtp', 'imap', 'pop3', 'ftp', '.']);
  });
  after(async () => assert.equal(await serving.stop(), 0));

  async function greeted(protocol: string, by = serving): Promise<Socket> {
    const socket = connect({ port: by.port(protocol), host: '127.0.0.1', noDelay: true });
    await said(socket, WORDS[protocol]!.greeting);
    return socket;
  }

  async function inside(below: Duplex, { inside: command, answered }: Words): Promise<string> {
    const tls = connectTls({ socket: below, rejectUnauthorized: false });
    await once(tls, 'secureConnect');
    tls.write(`${command}\r\n`);
    const answer = await said(tls, answered);
    tls.destroy();
    return answer;
  }

  test(
    'who leaves behind it without a word may not trust the certificate: the operator is told, once a server',
    LIMIT,
    async () => {
      const other = await serve(['smtp', 'imap', 'pop3']);
      try {
        let log = '';
        other.child.stderr?.on('data', (chunk) => {
          log += chunk;
        });
        const told = (): string[] => log.match(/\w+\.left_at_tls/g) ?? [];
        for (const protocol of ['smtp', 'imap', 'pop3']) {
          for (let times = 0; times < 2; times++) {
            const socket = await greeted(protocol, other);
            socket.write(`${WORDS[protocol]!.begin}\r\n`);
            await said(socket, WORDS[protocol]!.go);
            const tls = connectTls({ socket, servername: 'localhost' });
            await assert.rejects(once(tls, 'secureConnect'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
            if (!socket.closed) await once(socket, 'close');
          }
          while (!told().includes(`${protocol}.left_at_tls`)) await once(other.child.stderr!, 'data');
        }
        assert.deepEqual(told(), ['smtp.left_at_tls', 'imap.left_at_tls', 'pop3.left_at_tls']);
        assert.match(log, /--tls off .*cs cert ca --pick path.*cs cert trust/);
      } finally {
        assert.equal(await other.stop(), 0);
      }
    },
  );

  for (const [protocol, words] of Object.entries(WORDS)) {
    for (const [pace, pieces] of Object.entries(PACES)) {
      test(`${protocol}: the ClientHello ${pace}, by ${AT_ONCE} clients at once`, LIMIT, async () => {
        const upgraded = async () => {
          const socket = await greeted(protocol);
          socket.write(`${words.begin}\r\n`);
          await said(socket, words.go);
          return inside(
            paced(socket, (first) => pieces(first, serving, protocol)),
            words,
          );
        };
        const answers = await Promise.all(Array.from({ length: AT_ONCE }, upgraded));
        assert.equal(answers.length, AT_ONCE);
      });
    }

    test(
      `SM-12 IM-02 PO-02 FT-04 ${protocol}: what comes in clear text behind ${words.begin} is never answered`,
      LIMIT,
      async () => {
        const together = await greeted(protocol);
        together.write(`${words.begin}\r\n${words.injected}\r\n`);
        await said(together, words.go);
        await inside(together, words);
        const apart = await greeted(protocol);
        apart.write(`${words.begin}\r\n`);
        apart.write(`${words.injected}\r\n`);
        await said(apart, words.go);
        // What came in time is thrown away; what came too late is no TLS, and ends the handshake. Neither is answered.
        const outcome = await inside(apart, words).catch((error: Error) => error.message);
        assert.doesNotMatch(outcome, /^closed after ".+"/);
        apart.destroy();
      },
    );
  }
});
