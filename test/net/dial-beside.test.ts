import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createSecureContext, type TLSSocket, TLSSocket as Tls } from 'node:tls';
import type { Connection } from '../../src/contracts/connection.ts';
import { createDial } from '../../src/net/dial.ts';
import { createDialBeside } from '../../src/net/dial-beside.ts';
import { failing, listen, quiet, target, textOf } from './dial-fixture.ts';
import { type Made, testAuthority, testLeaf } from './tls-certificates.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-beside-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const ca = join(scratch, 'ca.pem');
let leaf: Made;

before(async () => {
  const authority = await testAuthority();
  writeFileSync(ca, authority.cert);
  leaf = await testLeaf(authority, { names: ['localhost'] });
});

/** The owner's end and the data's end of a server that has one set of tickets for both. */
function secured(version: 'TLSv1.2' | 'TLSv1.3', said: (tls: TLSSocket, below: Socket) => void) {
  const secureContext = createSecureContext({ ...leaf, minVersion: version, maxVersion: version });
  return (socket: Socket): void => {
    const tls = new Tls(socket, { isServer: true, secureContext });
    tls.on('error', () => {}).on('secure', () => said(tls, socket));
  };
}

async function owner(port: number): Promise<{ conn: Connection; to: ReturnType<typeof target> }> {
  const to = target(`lines://localhost:${port}`);
  const conn = await createDial(quiet({ ca }))(to);
  // With TLS 1.3 the ticket comes with the first octets.
  for await (const _ of conn) break;
  return { conn, to };
}

describe('beside a dialled connection', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${version}: its session is resumed, for data that we fetch and for data that come to us`, async () => {
      const reused: boolean[] = [];
      const act = secured(version, (tls) => {
        reused.push(tls.isSessionReused());
        tls.end('hello');
      });
      await using server = await listen('127.0.0.1', act);
      const { conn, to } = await owner(server.port);
      const beside = createDialBeside(to, quiet({ ca }));
      const { address } = conn.peer;
      for (let round = 0; round < 2; round++) {
        await using data = await beside.connect(conn, { address, port: server.port });
        await data.startTls();
        assert.equal(await textOf(data), 'hello');
        assert.deepEqual([data.tls?.resumed, data.tls?.cut, data.trusted], [true, undefined, true]);
      }
      await using door = await beside.listen(conn);
      const back = connect(door.port, door.address);
      await once(back, 'connect');
      act(back);
      const data = await door.accept();
      await data.startTls();
      assert.equal(await textOf(data), 'hello');
      assert.deepEqual([data.tls?.resumed, data.tls?.cut], [true, undefined]);
      assert.deepEqual(reused, [false, true, true, true]);
      await data.close();
      await conn.close();
    });

    test(`${version}: an end without close_notify is told`, async () => {
      let first = true;
      const act = secured(version, (tls, below) => {
        tls.write('hello', () => (first ? undefined : below.end()));
        first = false;
      });
      await using server = await listen('127.0.0.1', act);
      const { conn, to } = await owner(server.port);
      const beside = createDialBeside(to, quiet({ ca }));
      await using data = await beside.connect(conn, { address: conn.peer.address, port: server.port });
      await data.startTls();
      assert.equal(await textOf(data), 'hello');
      assert.equal(data.tls?.cut, true);
      await conn.close();
    });
  }

  test('nowhere else, and to no port of another service', async () => {
    await using server = await listen('127.0.0.1', (socket) => socket.write('hello'));
    const to = target(`line://127.0.0.1:${server.port}`);
    await using conn = await createDial(quiet())(to);
    const beside = createDialBeside(to, quiet());
    await assert.rejects(beside.connect(conn, { address: '127.0.0.2', port: server.port }), failing('CS_DENIED', 13));
    await assert.rejects(beside.connect(conn, { address: '127.0.0.1', port: 1023 }), failing('CS_DENIED', 13));
  });

  test('whoever else knocks is closed, and the wait goes on; the port is gone with its owner', async () => {
    await using server = await listen('127.0.0.1', (socket) => socket.write('hello'));
    const to = target(`line://127.0.0.1:${server.port}`);
    const conn = await createDial(quiet())(to);
    const beside = createDialBeside(to, quiet());
    await using door = await beside.listen(conn);
    const stranger = connect({ port: door.port, host: door.address, localAddress: '127.0.0.2' });
    stranger.on('error', () => {});
    await once(stranger, 'close');
    const friend = connect(door.port, door.address);
    await using data = await door.accept();
    friend.end('mine');
    assert.equal(await textOf(data), 'mine');
    const other = await beside.listen(conn);
    const waiting = other.accept();
    await conn.close();
    await assert.rejects(waiting);
    const free = createServer().listen(other.port, other.address);
    await once(free, 'listening');
    free.close();
  });
});
