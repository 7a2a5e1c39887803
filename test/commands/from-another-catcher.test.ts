/** The guide's page of moves, line by line: each command is run as it stands there, on free ports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { findServices, portsFor } from '../../src/commands/serving/services.ts';
import { CS, ROOT, type Serving, serve, sh } from '../interop/server.ts';
import { lineTalk } from './embed/line-talk.ts';

const GUIDE = readFileSync(join(ROOT, 'docs/guide/from-another-catcher.md'), 'utf8');
const TIME = { timeout: 60_000 };

/** Rival → the command in its place, and what goes on working. */
const MOVES = new Map(
  GUIDE.split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => /^`cs (?:serve|run) /.test(cells[2] ?? ''))
    .map(([, from = '', instead = '', what = '']) => [from, { command: /`cs ([^`]+)`/.exec(instead)![1]!, what }]),
);

interface Asked {
  readonly status: number;
  readonly body: string;
}

function ask(server: Serving, path: string, method = 'GET', body?: object): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const url = new URL(path, `http://127.0.0.1:${server.port('inbox')}`);
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const asking = request(url, { method, headers }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      resolve({ status: answer.statusCode ?? 0, body: text });
    });
    asking.once('error', reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function moved(from: string): Promise<Serving> {
  const { command } = MOVES.get(from)!;
  const [verb, ...args] = command.split(' ');
  assert.equal(verb, 'serve');
  const server = await serve(args);
  const transport = createTransport({ host: '127.0.0.1', port: server.port('smtp'), ignoreTLS: true });
  await transport.sendMail({
    from: 'shop@x.test',
    to: 'ann@x.test',
    subject: 'Welcome',
    html: '<a href="http://127.0.0.1:9/never">x</a>',
    attachments: [{ filename: 'a.png', content: Buffer.from('89504e47', 'hex') }],
  });
  transport.close();
  return server;
}

async function at(from: string, paths: readonly string[], look: (server: Serving) => Promise<void>): Promise<void> {
  const server = await moved(from);
  try {
    for (const path of paths) assert.equal((await ask(server, path)).status, 200, `${from}: ${path}`);
    await look(server);
  } finally {
    await server.stop();
  }
}

test('the table names each rival, and the ports that its command takes', () => {
  assert.deepEqual([...MOVES.keys()], ['Mailpit', 'MailHog', 'MailDev', 'smtp4dev', 'GreenMail']);
  for (const [from, { command, what }] of MOVES) {
    const [verb, ...words] = command.split(' ');
    if (verb !== 'serve') continue;
    const services = findServices([words[0]!]);
    const ports = portsFor(services, words[1] === '--port' ? [words[2]!] : [], false);
    for (const [, name, port] of what.matchAll(/(SMTP|IMAP|POP3) on (\d+)/g)) {
      assert.equal(ports.get(name!.toLowerCase()), Number(port), `${from}: ${name}`);
    }
    for (const [, port] of what.matchAll(/`:(\d+)/g)) assert.equal(ports.get('inbox'), Number(port), from);
  }
});

test('from Mailpit', TIME, () =>
  at(
    'Mailpit',
    [
      '/',
      ...[
        'messages',
        'search?query=welcome',
        'message/latest',
        'message/latest/headers',
        'message/latest/raw',
        'info',
      ].map((name) => `/api/v1/${name}`),
      ...['/view/latest.html', '/view/latest.txt', '/livez', '/readyz'],
    ],
    async (server) => {
      const unread = async () => JSON.parse((await ask(server, '/api/v1/messages')).body).unread;
      assert.equal(await unread(), 1, 'looking at it has not marked it');
      await ask(server, '/api/v1/messages', 'PUT', { Read: true });
      assert.equal(await unread(), 0);
      const links = JSON.parse((await ask(server, '/api/v1/message/latest/link-check')).body);
      assert.deepEqual(links.Links, [{ URL: 'http://127.0.0.1:9/never', StatusCode: 0, Status: 'not fetched' }]);
      assert.equal((await ask(server, '/api/v1/message/latest/html-check')).status, 200);
      const part = await ask(server, '/api/v1/message/latest/part/2');
      assert.deepEqual(await ask(server, '/api/v1/message/latest/part/2/thumb'), part);
      assert.equal((await ask(server, '/api/v1/chaos', 'PUT', {})).status, 400);
      assert.equal((await ask(server, '/api/v1/message/latest/release', 'POST', { To: ['a@x.test'] })).status, 403);
    },
  ),
);

test('from MailHog', TIME, () =>
  at(
    'MailHog',
    [
      '/',
      '/api/v2/messages?limit=5',
      '/api/v2/search?kind=to&query=ann',
      '/api/v1/messages/1',
      '/api/v1/messages/1/download',
    ],
    async (server) => {
      assert.ok(Array.isArray(JSON.parse((await ask(server, '/api/v1/messages')).body)));
      assert.equal((await ask(server, '/api/v2/jim')).status, 404);
      assert.equal((await ask(server, '/api/v1/messages/1', 'DELETE')).status, 200);
    },
  ),
);

test('from MailDev', TIME, () =>
  at(
    'MailDev',
    ['', '/api'].flatMap((base) =>
      ['', '/1', '/1/html', '/1/source', '/1/download', '/1/attachment/a.png'].map((end) => `${base}/email${end}`),
    ),
    async (server) => {
      assert.equal((await ask(server, '/socket.io/?EIO=4&transport=polling')).status, 200);
      assert.equal((await ask(server, '/email/1/relay', 'POST')).status, 403);
      assert.equal((await ask(server, '/email/all', 'DELETE')).status, 200);
    },
  ),
);

test('from smtp4dev', TIME, () =>
  at('smtp4dev', ['/'], async (server) => {
    const pop3 = await lineTalk(server.port('pop3'), ['USER ann@x.test', 'PASS any', 'STAT']);
    assert.match(pop3.at(-1)!, /^\+OK 1 /);
    const imap = await lineTalk(server.port('imap'), ['a LOGIN ann@x.test any', 'b LOGOUT']);
    assert.match(imap[0]!, /^\* OK /);
    assert.match(imap[1]!, /^a OK /);
  }),
);

test('from GreenMail', TIME, async () => {
  const { command } = MOVES.get('GreenMail')!;
  assert.equal(command, 'run mail -- npm test');
  const script = 'for (const name of ["SMTP","IMAP","POP3"]) console.log(process.env["CS_" + name + "_URL"])';
  const { code, stdout } = await sh(process.execPath, [CS, 'run', 'mail', '--', process.execPath, '-e', script]);
  assert.equal(code, 0);
  assert.match(stdout, /^smtp:\/\/\S+:\d+\S*\nimap:\/\/\S+:\d+\S*\npop3:\/\/\S+:\d+/);
});

test('the faults that the page names are faults', TIME, async () => {
  const named = [...GUIDE.matchAll(/`(--(?:fail|chaos|greylist) [^`]+)`/g)].flatMap(([, words]) => words!.split(' '));
  assert.equal(named.length, 10);
  const server = await serve(['mail', ...named]);
  assert.equal(await server.stop(), 0);
});
