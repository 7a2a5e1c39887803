import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tlsMode } from '../../src/commands/serving/doors.ts';
import { readyServer, serverEnv } from '../../src/commands/serving/ready.ts';
import { findServices } from '../../src/commands/serving/services.ts';

type Flag = Parameters<typeof tlsMode>[1];

/** Id, `--tls`, URL, the variable that tells it, and how its TLS begins. */
const ROWS: readonly [string, Flag, string, string, string][] = [
  ['http', undefined, 'http://127.0.0.1:5/', 'CS_WEB_URL', 'none'],
  ['http', 'off', 'http://127.0.0.1:5/', 'CS_WEB_URL', 'none'],
  ['http', 'starttls', 'https://127.0.0.1:5/', 'CS_WEB_URL', 'implicit'],
  ['http', 'on', 'https://127.0.0.1:5/', 'CS_WEB_URL', 'implicit'],
  ['http', 'require', 'https://127.0.0.1:5/', 'CS_WEB_URL', 'implicit'],
  ['https', undefined, 'https://127.0.0.1:5/', 'CS_HTTPS_URL', 'implicit'],
  ['smtp', undefined, 'smtp://127.0.0.1:5', 'CS_SMTP_URL', 'starttls'],
  ['smtp', 'off', 'smtp://127.0.0.1:5', 'CS_SMTP_URL', 'none'],
];
for (const [id, flag, url, variable, tls] of ROWS) {
  test(`${id} with --tls ${flag ?? '(absent)'} is ${url} in ${variable}`, () => {
    const [service] = findServices([id]);
    assert.ok(service);
    const ctx = { options: { auth: 'any', connections: 1 }, sections: {} } as unknown as Parameters<
      typeof readyServer
    >[3];
    const server = readyServer({ hosts: ['127.0.0.1'], port: 5 }, service, tlsMode(service.scheme, flag), ctx);
    assert.equal(server.tls, tls);
    assert.equal(serverEnv(server, undefined)[variable], url);
  });
}
