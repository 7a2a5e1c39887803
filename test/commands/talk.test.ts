import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { TLSSocket, connect as tlsConnect } from 'node:tls';
import { Conversation } from '../../src/commands/talk/conversation.ts';
import { octetLines } from '../../src/commands/talk/octet-lines.ts';
import { StreamConnection } from '../../src/net/connection.ts';
import { certificate } from '../net/certificate.ts';

const LIMIT = { timeout: 10_000 };
const HERE = { address: '127.0.0.1', port: 1, loopback: true };

/** Both ends of a connection; ours as the dialer would give it. */
async function dialled(): Promise<{ conn: StreamConnection; server: Socket }> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const stream = connect({
    port: (listener.address() as { port: number }).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const [server] = (await once(listener, 'connection')) as [Socket];
  listener.close();
  const upgrade = async (base: unknown): Promise<TLSSocket> => {
    const secured = tlsConnect({ socket: base as Socket, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    return secured;
  };
  const conn = new StreamConnection({ stream, id: 'd1', role: 'client', peer: HERE, local: HERE, upgrade });
  return { conn, server };
}

function heard(): { text: () => string; hear: (chunk: Uint8Array) => Promise<void> } {
  let all = '';
  return {
    text: () => all,
    hear: async (chunk) => {
      all += Buffer.from(chunk).toString('latin1');
    },
  };
}

test('talk: when we have said all, the server may still finish', LIMIT, async () => {
  const { conn, server } = await dialled();
  const { text, hear } = heard();
  const conversation = new Conversation(conn, hear);
  server.write('220 hello\r\n');
  server.once('end', () => server.end('221 after your FIN\r\n'));
  server.resume();
  await conversation.say(Buffer.from('QUIT\r\n'));
  await conversation.finish();
  assert.equal(text(), '220 hello\r\n221 after your FIN\r\n');
  await conn.close();
});

test('talk: past STARTTLS, however early .starttls was asked for', LIMIT, async () => {
  const { conn, server } = await dialled();
  const { cert, key } = await certificate();
  const { text, hear } = heard();
  const conversation = new Conversation(conn, hear);
  await conversation.say(Buffer.from('STLS\r\n'));
  const began = conversation.startTls();
  const [request] = (await once(server, 'data')) as [Buffer];
  assert.equal(request.toString(), 'STLS\r\n');
  server.removeAllListeners('data');
  // The greeting comes only now, and is not taken for the answer.
  server.write('+OK hello\r\n');
  await new Promise(setImmediate);
  server.write('+OK begin\r\n');
  const secured = new TLSSocket(server, { isServer: true, cert, key });
  await began;
  assert.equal(conn.secure, true);
  secured.once('data', () => secured.end('+OK inside\r\n'));
  await conversation.say(Buffer.from('CAPA\r\n'));
  await conversation.over;
  assert.equal(text(), '+OK hello\r\n+OK begin\r\n+OK inside\r\n');
  await conn.close();
});

test('talk: a connection that breaks is an error, one that ends is not', LIMIT, async () => {
  const broken = await dialled();
  const first = new Conversation(broken.conn, async () => {});
  broken.server.resetAndDestroy();
  await assert.rejects(first.over, { code: 'CS_CANNOT_CONNECT' });
  const ended = await dialled();
  const second = new Conversation(ended.conn, async () => {});
  ended.server.end('bye\r\n');
  await second.over;
  await ended.conn.close();
});

test('talk: lines keep their ends and octets, over any chunks', LIMIT, async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const piece of ['a\r', '\nb\n', '\n', 'c\xff', 'd']) yield Buffer.from(piece, 'latin1');
  }
  const lines: string[] = [];
  for await (const line of octetLines(chunks())) lines.push(line.toString('latin1'));
  assert.deepEqual(lines, ['a\r\n', 'b\n', '\n', 'c\xffd']);
});
