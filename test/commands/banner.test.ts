import assert from 'node:assert/strict';
import { test } from 'node:test';
import { banner, type ReadyFacts, type ReadyServer } from '../../src/commands/serving/ready.ts';

const plain = { bold: (text: string) => text, dim: (text: string) => text, yellow: (text: string) => text } as never;

function server(id: string, family: ReadyServer['family'], url: string, port: number): ReadyServer {
  const host = '127.0.0.1';
  return {
    id,
    protocol: id,
    host,
    hosts: [host],
    port,
    url,
    exported: id.toUpperCase(),
    family,
    tls: 'none',
    auth: 'any',
    limits: {},
  };
}

function facts(servers: readonly ReadyServer[], files?: ReadyFacts['files']): ReadyFacts {
  return {
    name: 'dev',
    version: '0.1.0',
    startedAt: new Date(0),
    startupMs: 84,
    store: { mode: 'memory', dir: null, durability: 'none' },
    socket: null,
    exposure: 'loopback',
    servers,
    ...(files ? { files } : {}),
  };
}

test('the banner of a mail server says what to try', () => {
  assert.equal(
    banner(facts([server('smtp', 'mail', 'smtp://127.0.0.1:1025', 1025)]), plain),
    [
      'cs 0.1.0  ready in 84 ms  (loopback only, data in memory)',
      '',
      '  SMTP        smtp://127.0.0.1:1025   any login accepted, nothing is sent out',
      '',
      '  try         cs send mail --to you@example.test --subject hi --text hello',
      '  stop        Ctrl-C',
      '',
    ].join('\n'),
  );
});

test('the banner of files says where they are and what may happen to them', () => {
  const servers = [
    server('http', 'web', 'http://127.0.0.1:8080/', 8080),
    server('ftp', 'file', 'ftp://127.0.0.1:1', 1),
  ];
  const lines = banner(facts(servers, { root: '/srv/box\u001b[2J', changes: false }), plain).split('\n');
  assert.deepEqual(lines.slice(2, 7), [
    '  HTTP        http://127.0.0.1:8080/   open in a browser, no login needed',
    '  FTP         ftp://127.0.0.1:1        any login accepted',
    '  Files       /srv/box\\x1b[2J          read only; --write lets clients change them',
    '',
    '  try         cs ls http://127.0.0.1:8080/',
  ]);
  const changed = banner(facts(servers, { root: '/srv/box', changes: true }), plain);
  assert.match(changed, /Files {7}\/srv\/box {17}clients may change them/);
});

test('the inbox is called by its name, protocols by their abbreviations, whatever their TLS', () => {
  const servers = [
    server('inbox', 'mail', 'https://127.0.0.1:8025/', 8025),
    server('http', 'web', 'https://127.0.0.1:8080/', 8080),
    server('smtp', 'mail', 'smtps://127.0.0.1:1', 1),
  ];
  const names = banner(facts(servers), plain)
    .match(/^ {2}\w+/gm)
    ?.map((line) => line.trim());
  assert.deepEqual(names?.slice(0, 3), ['Inbox', 'HTTP', 'SMTP']);
});
