/** Whole file servers over a tree in memory, and the inbox. */
import assert from 'node:assert/strict';
import { openLending } from '../../../src/auth/lent-inboxes.ts';
import { noRelease } from '../../../src/commands/serving/no-release.ts';
import type { Accounts } from '../../../src/contracts/accounts.ts';
import type { Beside } from '../../../src/contracts/beside.ts';
import type { Handler } from '../../../src/contracts/protocol.ts';
import { filePath } from '../../../src/kit/file-path.ts';
import { defaults } from '../../../src/kit/option.ts';
import { options as ftpOptions } from '../../../src/protocols/ftp/options.ts';
import { server as ftp } from '../../../src/protocols/ftp/server.ts';
import { options as httpOptions } from '../../../src/protocols/http/options.ts';
import { server as http } from '../../../src/protocols/http/server.ts';
import { options as inboxOptions } from '../../../src/protocols/inbox/options.ts';
import { server as inbox } from '../../../src/protocols/inbox/server.ts';
import { open as openMemory } from '../../../src/stores/memory/open.ts';
import { options as storeOptions } from '../../../src/stores/memory/options.ts';
import { open as openTree } from '../../../src/stores/memory-tree/open.ts';
import { options as treeOptions } from '../../../src/stores/memory-tree/options.ts';
import { houseOf } from '../../../src/stores/wrap/files/house.ts';
import { transcripts } from '../seeds.ts';
import { Complaints, connection, conversed, renewed, speaker } from '../spoken.ts';
import { pieces, type Wire } from '../wire.ts';

const ANYBODY: Accounts = {
  mode: 'any',
  verify: async (user) => ({ name: user.toLowerCase(), addresses: [], known: false }),
  settle: async () => undefined,
  owner: async () => undefined,
};
const LIMITS = {
  connections: 100,
  connectionsPerAddress: 100,
  connectionsPerUser: 100,
  handshakeTime: 10_000,
  commandTime: 60_000,
  idleTime: 60_000,
  minimumRate: 0,
};

interface Server {
  readonly handler: Handler;
  readonly complaints: Complaints;
}

const FILES: Readonly<Record<string, string>> = {
  'index.html': '<h1>hello</h1>',
  'a/b.txt': 'hello world\r\nsecond line\r\n',
  'a/c d.json': '{"a":1}',
  '.hidden': 'not for you',
};

async function someFiles(log: Complaints['log']) {
  const { tree } = await openTree({ root: undefined, options: defaults(treeOptions), log });
  for (const [name, content] of Object.entries(FILES)) {
    const path = filePath(name.split('/'));
    if (path.length > 1) await tree.makeDir!(path.slice(0, 1)).catch(() => {});
    const draft = await tree.write!(path, { mode: 'replace' });
    await draft.write(Buffer.from(content));
    await draft.commit({ modified: Date.UTC(2026, 0, 7, 10) });
  }
  return tree;
}

/** Data connections that are there at once, and bring a little. */
const data = () =>
  connection(
    speaker([Buffer.from('some\r\ncontent')], () => {}),
    'server',
  );
export const BESIDE: Beside = {
  listen: async () => ({
    address: '127.0.0.1',
    port: 50_000,
    accept: async () => data(),
    [Symbol.asyncDispose]: async () => {},
  }),
  connect: async () => data(),
};

export const ftpServer = renewed(async (): Promise<Server> => {
  const complaints = new Complaints();
  const handler = await ftp.open({
    services: { accounts: ANYBODY, files: houseOf(await someFiles(complaints.log), []) },
    options: defaults(ftpOptions),
    server: { id: 'ftp', scheme: 'ftp', hostname: 'localhost' },
    limits: LIMITS,
    tls: 'offered',
    beside: BESIDE,
    log: complaints.log,
    version: '1.2.3',
  });
  return { handler, complaints };
}, 200);

export const ftpSessions: Wire = {
  name: 'ftp-server',
  seeds: [
    ...transcripts('ftp', 'C'),
    'USER ann\r\nPASS x\r\nTYPE I\r\nEPSV\r\nRETR a/b.txt\r\nPASV\r\nSTOR new.txt\r\nEPSV\r\nMLSD a\r\nEPSV\r\nLIST -la\r\nRNFR new.txt\r\nRNTO a/x\r\nREST 3\r\nEPSV\r\nAPPE a/x\r\nABOR\r\nSTAT a\r\nMLST a/b.txt\r\nHASH a/b.txt\r\nQUIT\r\n',
  ],
  words: [
    'USER ann\r\nPASS x\r\n',
    'EPSV\r\n',
    'PASV\r\n',
    'PORT 127,0,0,1,200,1\r\n',
    'EPRT |1|127.0.0.1|50000|\r\n',
    'RETR ',
    'STOR ',
    'STOU\r\n',
    'APPE ',
    'LIST ',
    'NLST ',
    'MLSD ',
    'STAT ',
    'REST ',
    'RNFR ',
    'RNTO ',
    'DELE ',
    'MKD ',
    'RMD ',
    'CWD ',
    'TYPE A\r\n',
    'TYPE I\r\n',
    'ABOR\r\n',
    'SITE ',
    'OPTS ',
    'HASH ',
    'AVBL\r\n',
    'a/b.txt',
    '/',
    '..',
    '-la',
    '*',
    '\r\n',
    '\xff\xf4\xff\xf2',
    'MFMT 20260102030405 ',
    'AUTH TLS\r\n',
    'PBSZ 0\r\n',
    'PROT P\r\n',
  ],
  async fuzz(octets, chance) {
    const { handler, complaints } = await ftpServer();
    const said = await conversed(handler, pieces(octets, chance));
    complaints.none();
    const text = said.toString('latin1').replace(/\xff[\xfc\xfe][\0-\xff]/g, '');
    assert.match(text, /^220 [^\r\n]*\r\n(?:[^\r\n]*\r\n)*$/);
  },
};

const NO_JOURNAL = {
  add: async () => 1,
  mark: async () => 1,
  since: () => ({ [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true as const, value: undefined }) }) }),
  claim: async () => false,
  unclaimed: async () => [],
};

export const httpServer = renewed(async (): Promise<Server> => {
  const complaints = new Complaints();
  const handler = await http.open({
    services: { files: houseOf(await someFiles(complaints.log), []), accounts: ANYBODY, journal: NO_JOURNAL },
    options: { ...defaults(httpOptions), metrics: '/metrics' },
    server: { id: 'http', scheme: 'http', hostname: 'localhost' },
    limits: LIMITS,
    tls: 'off',
    log: complaints.log,
    version: '1.2.3',
  });
  return { handler, complaints };
}, 200);

const HOST = ' HTTP/1.1\r\nHost: localhost\r\n';
const FORM = '--b\r\nContent-Disposition: form-data; name=f; filename=n.txt\r\n\r\nx\r\n--b--\r\n';
export const httpSessions: Wire = {
  name: 'http-server',
  seeds: [
    `GET /a/b.txt${HOST}Range: bytes=0-4,6-\r\nIf-None-Match: "x", W/"y"\r\n\r\nHEAD /${HOST}\r\nGET /a/?format=json&sort=size${HOST}Accept: application/json\r\nConnection: close\r\n\r\n`,
    `PUT /new.txt${HOST}Content-Length: 5\r\nIf-None-Match: *\r\n\r\nhelloDELETE /new.txt${HOST}\r\nGET /a${HOST}Accept-Encoding: gzip, br;q=0.5\r\n\r\n`,
    `POST /a/${HOST}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${FORM.length}\r\n\r\n${FORM}`,
    `POST /u${HOST}Tus-Resumable: 1.0.0\r\nUpload-Length: 5\r\nUpload-Metadata: filename YQ==\r\n\r\nPATCH /u/x${HOST}Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n`,
    `OPTIONS *${HOST}\r\nGET http://localhost/a/c%20d.json${HOST}If-Modified-Since: Mon, 05 Jan 2026 00:00:00 GMT\r\nCookie: a=b; c\r\nOrigin: http://evil.test\r\n\r\nGET /?archive=zip HTTP/1.0\r\nHost: localhost\r\n\r\n`,
  ],
  words: [
    'GET ',
    'PUT ',
    'POST ',
    'PATCH ',
    'CONNECT ',
    'OPTIONS * ',
    'HTTP/1.1\r\n',
    'HTTP/1.0',
    'Host: localhost\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    'Range: bytes=',
    '-5',
    ',',
    'If-Match: *\r\n',
    'If-Range: ',
    'Expect: 100-continue\r\n',
    'Connection: close\r\n',
    'Upgrade: h2c\r\n',
    'Authorization: Basic YTpi\r\n',
    'Tus-Resumable: 1.0.0\r\n',
    'Upload-Offset: 0\r\n',
    '\r\n',
    '\r\n\r\n',
    '\r\n ',
    ': ',
    '%2e%2e',
    '%00',
    '/..',
    '//',
    '?',
    '#',
    '"',
    'W/',
    '\0',
    '\xff',
    'Sec-Fetch-Site: cross-site\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ],
  async fuzz(octets, chance) {
    const { handler, complaints } = await httpServer();
    const said = await conversed(handler, pieces(octets, chance), true);
    complaints.none();
    answersOf(said);
  },
};

/** An answer or none; never a 500. */
function answersOf(said: Buffer): void {
  const text = said.toString('latin1');
  if (text !== '') assert.match(text, /^HTTP\/1\.1 [1-5]\d\d [ -~]*\r\n/);
  assert.doesNotMatch(text, /HTTP\/1\.1 500 /);
}

const inboxServer = renewed(async (): Promise<Server> => {
  const complaints = new Complaints();
  const store = await openMemory({ dir: undefined, options: defaults(storeOptions), log: complaints.log });
  for (const subject of ['one', 'two']) {
    const draft = await store.delivery.open({ from: 'app@x.test', to: [{ address: 'ann@x.test' }] });
    await draft.write(Buffer.from(`From: app@x.test\r\nSubject: ${subject}\r\n\r\ntext\r\n`));
    await draft.commit();
  }
  const { users: records, mail, journal } = store;
  const lent = await openLending({ records, mail, journal, log: complaints.log });
  const handler = await inbox.open({
    services: {
      lent,
      names: undefined,
      mail: store.mail,
      delivery: store.delivery,
      release: noRelease('no mail leaves here'),
      accounts: ANYBODY,
      journal: store.journal,
      queue: store.spool,
      instance: { ready: () => ({}), state: () => ({ servers: [] }), stop: async () => {}, reload: async () => {} },
    },
    options: defaults(inboxOptions),
    server: { id: 'inbox', scheme: 'inbox', hostname: 'localhost' },
    limits: LIMITS,
    tls: 'off',
    log: complaints.log,
    version: '1.2.3',
  } as Parameters<typeof inbox.open>[0]);
  return { handler, complaints };
}, 200);

const post = (path: string, body: string, method = 'POST'): string =>
  `${method} ${path}${HOST}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
export const inboxSessions: Wire = {
  name: 'inbox-server',
  seeds: [
    `GET /api/v1/messages?query=from:app&limit=5&start=0${HOST}\r\nGET /api/v1/search?query=subject:one%20is:unread${HOST}\r\nGET /api/v1/info${HOST}\r\n`,
    `GET /api/v2/messages?limit=2${HOST}\r\nGET /api/v2/search?kind=to&query=ann${HOST}\r\nGET /email?subject=one${HOST}\r\nGET /healthz${HOST}\r\nGET /metrics${HOST}\r\n`,
    post('/api/v1/send', '{"From":{"Email":"a@x.test"},"To":[{"Email":"b@y.test"}],"Subject":"s","Text":"t"}') +
      post(
        '/v3/mail/send',
        '{"personalizations":[{"to":[{"email":"b@y.test"}]}],"from":{"email":"a@x.test"},"subject":"s","content":[{"type":"text/plain","value":"v"}]}',
      ),
    post('/email', '{"From":"a@x.test","To":"b@y.test","Subject":"s","TextBody":"t"}') +
      post('/api/v1/tags', '{"IDs":["1"],"Tags":["a"]}', 'PUT') +
      post('/api/v1/messages', '{"IDs":[]}', 'DELETE'),
    `GET /${HOST}\r\nGET /api/messages${HOST}\r\nGET /api/messages/1${HOST}\r\nGET /api/messages/1/parts/1${HOST}\r\nGET /api/openapi.json${HOST}\r\nGET /view/latest.html${HOST}\r\n`,
  ],
  words: [
    '/api/v1/',
    '/api/v2/',
    '/api/',
    '/email',
    '/messages',
    '/message/',
    '/search',
    '1',
    '?',
    '&',
    '=',
    'query=',
    'limit=',
    'start=',
    '%00',
    '%22',
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    'null',
    'true',
    '1e999',
    '-1',
    '"__proto__":{"x":1}',
    HOST,
    '\r\n',
    'GET ',
    'POST ',
    'DELETE ',
    'Content-Length: 2\r\n',
    '../',
  ],
  async fuzz(octets, chance) {
    // Streams of events go on until somebody leaves; those who only hear are tested elsewhere.
    if (/events|wait|stream|socket|ws/i.test(octets.toString('latin1'))) return;
    const { handler, complaints } = await inboxServer();
    const said = await conversed(handler, pieces(octets, chance), true);
    complaints.none();
    answersOf(said);
    assert.equal(({} as { x?: unknown }).x, undefined);
  },
};
