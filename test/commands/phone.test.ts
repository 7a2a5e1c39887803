import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encode } from 'uqr';
import { phoneUrl } from '../../src/commands/serving/phone.ts';
import type { ReadyServer } from '../../src/commands/serving/ready.ts';
import { PLAIN } from '../../src/ui/colour.ts';
import { qrCode } from '../../src/ui/qr-code.ts';

const server = (protocol: string, hosts: string[], scheme = protocol): ReadyServer =>
  ({ protocol, hosts, port: 8080, url: `${scheme}://${hosts[0]}:8080/` }) as unknown as ReadyServer;
const face = (address: string, internal = false) => ({ address, internal }) as never;
const FACES = {
  lo: [face('127.0.0.1', true)],
  tunnel: [face('fe80::1'), face('100.64.0.9')],
  wlan: [face('192.168.1.23')],
};

test('the address for a phone: of pages, that others can reach, by an address of its own network', () => {
  for (const [servers, url] of [
    [[server('http', ['127.0.0.1', '::1'])], undefined],
    [[server('smtp', ['0.0.0.0'])], undefined],
    [[server('http', ['0.0.0.0', '::'])], 'http://192.168.1.23:8080/'],
    [[server('ftp', ['0.0.0.0']), server('http', ['0.0.0.0', '::'], 'https')], 'https://192.168.1.23:8080/'],
    [[server('http', ['127.0.0.1', '10.0.0.7'])], 'http://10.0.0.7:8080/'],
    [[server('http', ['2001:db8::7'])], 'http://[2001:db8::7]:8080/'],
  ] as const) {
    assert.equal(phoneUrl(servers, FACES), url);
  }
  assert.equal(phoneUrl([server('http', ['0.0.0.0'])], { lo: FACES.lo }), undefined);
  assert.equal(phoneUrl([server('http', ['0.0.0.0'])], { tunnel: FACES.tunnel }), 'http://100.64.0.9:8080/');
});

test('the code is the text, module by module, in the colours that scanners expect', async () => {
  const url = 'http://192.168.1.23:8080/';
  const lines = (await qrCode(url))(PLAIN)
    .split('\n')
    .map((line) => line.slice(2));
  const { data, size } = encode(url, { border: 2 });
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const letter = lines[y >> 1]?.[x] ?? ' ';
      const light = letter === '█' || letter === (y % 2 === 0 ? '▀' : '▄');
      assert.equal(light, !data[y]![x], `${x},${y}`);
    }
  }
  const coloured = (await qrCode(url))({ ...PLAIN, plate: (text) => `<${text}>` });
  assert.match(coloured, /^ {2}<█+>\n/);
});

test('off a terminal --qr shows nothing', async () => {
  const cs = fileURLToPath(new URL('../../../bin/cs.js', import.meta.url));
  const said = await new Promise<string>((resolve) => {
    const args = [cs, 'serve', 'http', '--qr', '--port', '0', '--name', `qr${process.pid}`];
    const child = execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr));
    let heard = '';
    child.stderr?.on('data', (text: string) => {
      heard += text;
      if (heard.includes('stop  ')) child.kill('SIGTERM');
    });
  });
  assert.match(said, /ready in/);
  assert.doesNotMatch(said, /[█▀▄]|QR/);
});
