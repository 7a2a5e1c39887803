/** Whole clients against servers that say nearly what our own say: our own errors, and an end. */
import type { ClientContext, ClientEnd, Dial, Target } from '../../../src/contracts/protocol.ts';
import type { Remote } from '../../../src/contracts/services.ts';
import { filePath } from '../../../src/kit/file-path.ts';
import { defaults, type Options } from '../../../src/kit/option.ts';
import { Secret } from '../../../src/kit/secret.ts';
import type { StreamConnection } from '../../../src/net/connection.ts';
import { client as ftp } from '../../../src/protocols/ftp/client.ts';
import { clientOptions as ftpOptions } from '../../../src/protocols/ftp/client-options.ts';
import { client as http } from '../../../src/protocols/http/client.ts';
import { clientOptions as httpOptions } from '../../../src/protocols/http/client-options.ts';
import { client as imap } from '../../../src/protocols/imap/client.ts';
import { client as pop3 } from '../../../src/protocols/pop3/client.ts';
import { client as smtp } from '../../../src/protocols/smtp/client.ts';
import { clientOptions as smtpOptions } from '../../../src/protocols/smtp/client-options.ts';
import { answerer, connection, recorded, TURN, VISIT } from '../spoken.ts';
import { tameLater, type Wire } from '../wire.ts';
import { BESIDE, ftpServer, httpServer } from './file-servers.ts';
import { imapServer, pop3Server, smtpServer } from './mail-servers.ts';

type Work = (remote: Remote) => Promise<unknown>;
/** What a client asks, all of it or until something fails. */
interface Play {
  readonly name: string;
  readonly end: ClientEnd<never>;
  readonly options: Options;
  readonly target: Partial<Target>;
  readonly server: typeof imapServer;
  readonly work: readonly Work[];
  readonly words: readonly string[];
}

function context({ options, target }: Play): ClientContext<never> {
  const password = new Secret('a secret');
  const base = { host: 'localhost', port: 1, user: 'ann@x.test', password, path: [], query: new Map() };
  return {
    target: { scheme: 'x', tls: 'none', shown: 'x://localhost/', ...base, ...target },
    options: defaults(options) as never,
    beside: BESIDE,
    log: () => {},
    signal: new AbortController().signal,
  };
}

/** @param hangUp once the goodbye is said: nobody waits for the answer to it as long as clients do */
async function played(play: Play, dial: Dial, hangUp = (): void => {}): Promise<void> {
  await tameLater(async () => {
    const remote = await play.end.connect(dial, context(play));
    for (const work of play.work) await tameLater(() => work(remote));
    const left = tameLater(async () => remote[Symbol.asyncDispose]());
    for (let turns = 40; turns > 0; turns--) await new Promise(setImmediate);
    hangUp();
    await left;
  });
}

/** Seeds are what our own server says to it, written down. */
async function clientWire(play: Play): Promise<Wire> {
  const { handler } = await play.server();
  const seed = await recorded(handler, (dial) => played(play, dial));
  return {
    name: play.name,
    seeds: [seed],
    words: [TURN, VISIT, '\r\n', ...play.words],
    async fuzz(data) {
      const visits = data.toString('latin1').split(VISIT);
      const conns: StreamConnection[] = [];
      const dial: Dial = async () => {
        const turns = visits[conns.length]?.split(TURN) ?? [];
        const conn = connection(answerer(turns.map((turn) => Buffer.from(turn, 'latin1'))), 'client');
        conns.push(conn);
        return conn;
      };
      const hangUp = (): void => {
        for (const conn of conns) conn.destroy();
      };
      await played(play, dial, hangUp);
      hangUp();
    },
  };
}

async function drained(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of chunks);
}

const readFirst: Work = async ({ mail }) => {
  const [first] = await mail!.list('INBOX');
  if (first) await drained(mail!.read('INBOX', first.uid));
};
const none: Options = {};

export const imapClient = await clientWire({
  name: 'imap-client',
  end: imap as ClientEnd<never>,
  options: none,
  target: { tls: 'none' },
  server: imapServer,
  work: [({ mail }) => mail!.mailboxes(), readFirst, ({ mail }) => mail!.flag!('INBOX', [1], 'add', ['\\Seen'])],
  words: [
    '* ',
    'c1 ',
    'c2 OK ',
    'c3 NO ',
    '+ ',
    'BYE ',
    '[',
    ']',
    '{3}\r\nabc',
    '(',
    ')',
    'FETCH ',
    'EXISTS',
    '* CAPABILITY IMAP4rev1',
    'NIL',
    '"',
    '1:*',
  ],
});

export const pop3Client = await clientWire({
  name: 'pop3-client',
  end: pop3 as ClientEnd<never>,
  options: none,
  target: { tls: 'none' },
  server: pop3Server,
  work: [readFirst, ({ mail }) => mail!.mailboxes()],
  words: ['+OK ', '-ERR ', '+ ', '.\r\n', '..', '1 ', '2 u\r\n', 'SASL PLAIN', 'UIDL', 'TOP'],
});

export const smtpClient = await clientWire({
  name: 'smtp-client',
  end: smtp as ClientEnd<never>,
  options: smtpOptions,
  target: { tls: 'none', user: undefined, password: undefined },
  server: smtpServer,
  work: [
    async ({ delivery }) => {
      const draft = await delivery!.open({
        from: 'a@x.test',
        to: [{ address: 'ann@x.test' }, { address: 'b@x.test' }],
      });
      await draft.write(Buffer.from('Subject: x\r\n\r\n.text\r\n'));
      await draft.commit();
    },
  ],
  words: [
    '250 ',
    '250-',
    '354 ',
    '220 ',
    '421 ',
    '550 5.1.1 ',
    '-',
    'SIZE 10',
    'PIPELINING',
    'CHUNKING',
    '8BITMIME',
    'AUTH PLAIN',
  ],
});

export const ftpClient = await clientWire({
  name: 'ftp-client',
  end: ftp as ClientEnd<never>,
  options: ftpOptions,
  target: { tls: 'none' },
  server: ftpServer as typeof imapServer,
  work: [
    async ({ files }) => {
      for await (const _entry of files!.list(filePath([])));
    },
    ({ files }) => files!.stat(filePath(['a', 'b.txt'])),
    async ({ files }) => {
      await using file = await files!.open(filePath(['a', 'b.txt']));
      await drained(file.read());
    },
  ],
  words: [
    '220 ',
    '226 ',
    '150 ',
    '227 (127,0,0,1,195,80)',
    '229 (|||50000|)',
    '213 ',
    '250-',
    ' type=file;size=3; a',
    '550 ',
    '421 ',
    '331 ',
    '230 ',
    '-',
    '502 ',
  ],
});

export const httpClient = await clientWire({
  name: 'http-client',
  end: http as ClientEnd<never>,
  options: httpOptions,
  target: { scheme: 'http', tls: 'none', resource: '/a/', user: undefined, password: undefined },
  server: httpServer as typeof imapServer,
  work: [
    async ({ exchange }) => drained((await exchange!.send({ method: 'GET' })).body),
    async ({ files }) => {
      for await (const _entry of files!.list(filePath([])));
    },
  ],
  words: [
    'HTTP/1.1 ',
    '301 ',
    'Location: http://localhost/x\r\n',
    'Location: //evil/\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    'Content-Encoding: gzip\r\n',
    'Set-Cookie: a=b\r\n',
    'WWW-Authenticate: Digest realm=x, nonce=y\r\n',
    '401 ',
    'Connection: close\r\n',
    '100 Continue\r\n\r\n',
    '206 ',
  ],
});
