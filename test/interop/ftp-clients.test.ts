/** FTP clients that others wrote take a tree to us and bring it back: curl, lftp, rclone, Python's ftplib, basic-ftp. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { Client } from 'basic-ftp';
import { noise } from '../property.ts';
import { CS, serve, sh, tool } from './server.ts';

const absent = (name: string) => tool(name) === undefined && `${name} is not installed`;
const LARGE = 6_000_000;

/** A server as its users start it, and where it listens. */
interface Served {
  /** In clear text, with AUTH TLS at hand. */
  readonly port: number;
  /** TLS from the first octet. */
  readonly secure: number;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

async function onDisk(): Promise<Served> {
  const root = mkdtempSync(join(tmpdir(), 'cs-ftp-root-'));
  const server = await serve(['ftp', 'ftps', '--files', root, '--write', '--delete']);
  return {
    port: server.port('ftp'),
    secure: server.port('ftps'),
    user: 'ann',
    password: 'a word',
    stop: async () => {
      assert.equal(await server.stop(), 0);
      rmSync(root, { recursive: true });
    },
  };
}

/** `cs run` keeps files in memory; what it exports says where. */
async function inMemory(): Promise<Served> {
  const script = 'console.log(JSON.stringify(process.env)); process.stdin.resume()';
  const args = [CS, 'run', 'ftp', 'ftps', '--tls', '--', process.execPath, '-e', script];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  const env = JSON.parse(line) as Record<string, string>;
  return {
    port: Number(env.CS_FTP_PORT),
    secure: Number(env.CS_FTPS_PORT),
    user: env.CS_FTP_USER ?? '',
    password: env.CS_FTP_PASSWORD ?? '',
    stop: async () => {
      child.stdin?.end();
      const [code] = (await once(child, 'exit')) as [number];
      assert.equal(code, 0);
    },
  };
}

/** Path → digest of every file, and every directory. */
function tree(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const path = join(directory, name);
      return statSync(path).isDirectory()
        ? `${name}/`
        : `${name} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
    })
    .sort();
}

function fill(root: string): void {
  mkdirSync(join(root, 'docs/deep er'), { recursive: true });
  mkdirSync(join(root, 'empty'));
  writeFileSync(join(root, 'a.txt'), 'one\ntwo\r\nthree');
  writeFileSync(join(root, 'docs/b.bin'), noise(300_000));
  writeFileSync(join(root, 'docs/deep er/ü & #1 (50%).txt'), 'odd\n');
  writeFileSync(join(root, 'docs/deep er/zero'), '');
  for (let at = 0; at < 40; at++) writeFileSync(join(root, `docs/n${at}`), String(at));
  writeFileSync(join(root, 'large'), noise(LARGE));
}

for (const [where, start] of [
  ['on disk', onDisk],
  ['in memory', inMemory],
] as const) {
  describe(`FTP clients, files ${where}`, () => {
    let place: string;
    let source: string;
    let served: Served;
    before(async () => {
      place = mkdtempSync(join(tmpdir(), 'cs-ftp-clients-'));
      source = join(place, 'source');
      fill(source);
      served = await start();
    });
    after(async () => {
      await served.stop();
      rmSync(place, { recursive: true });
    });

    const curl = (...args: string[]) =>
      sh(tool('curl') ?? '', ['-q', '-sS', '-k', '-u', `${served.user}:${served.password}`, ...args]);
    /** An upload that is cut by the client's clock; with more time until something of it has arrived, on a busy machine too. */
    const cutUpload = async (url: string, ...flags: string[]): Promise<void> => {
      for (let seconds = 1; ; seconds++) {
        const how = ['--limit-rate', '500k', '-m', String(seconds), '-T', join(source, 'large')];
        const cut = await curl(...flags, ...how, url);
        assert.equal(cut.code, 28, cut.stderr);
        const there = await curl(...flags, '-I', url);
        if (/^Content-Length: [1-9]/m.test(there.stdout)) return;
      }
    };
    const same = (name: string, expected: Buffer) => assert.ok(expected.equals(readFileSync(join(place, name))), name);

    for (const [name, url, flags] of [
      ['EPSV', () => `ftp://127.0.0.1:${served.port}`, []],
      ['PASV', () => `ftp://127.0.0.1:${served.port}`, ['--disable-epsv']],
      ['EPRT', () => `ftp://127.0.0.1:${served.port}`, ['--ftp-port', '-']],
      ['PORT', () => `ftp://127.0.0.1:${served.port}`, ['--ftp-port', '-', '--disable-eprt']],
      ['IPv6', () => `ftp://[::1]:${served.port}`, []],
      ['AUTH TLS', () => `ftp://127.0.0.1:${served.port}`, ['--ssl-reqd']],
      ['AUTH TLS, TLS 1.2', () => `ftp://127.0.0.1:${served.port}`, ['--ssl-reqd', '--tls-max', '1.2']],
      ['implicit TLS', () => `ftps://127.0.0.1:${served.secure}`, []],
    ] as const) {
      test(`curl ${name}: up, down, a range, and both gone on with`, { skip: absent('curl') }, async () => {
        const box = `${url()}/curl%20${encodeURIComponent(name)}`;
        const large = readFileSync(join(source, 'large'));
        const put = await curl(...flags, '--ftp-create-dirs', '-T', join(source, 'large'), `${box}/large`);
        assert.equal(put.code, 0, put.stderr);
        const range = await curl(...flags, '-r', '100-5000099', '-o', join(place, 'range'), `${box}/large`);
        assert.equal(range.code, 0, range.stderr);
        same('range', large.subarray(100, 5_000_100));
        writeFileSync(join(place, 'half'), large.subarray(0, 1_234_567));
        const rest = await curl(...flags, '-C', '-', '-o', join(place, 'half'), `${box}/large`);
        assert.equal(rest.code, 0, rest.stderr);
        same('half', large);
        // Cut by its own time limit, then asked how much is there, and gone on with.
        await cutUpload(`${box}/cut`, ...flags);
        const early = await curl(...flags, '-o', join(place, 'early'), `${box}/cut`);
        // 450: its own upload, which cannot be read yet.
        assert.equal(early.code, 19, 'half a file is not read');
        assert.ok(!existsSync(join(place, 'early')));
        const on = await curl(...flags, '-v', '-C', '-', '-T', join(source, 'large'), `${box}/cut`);
        assert.equal(on.code, 0, on.stderr);
        assert.match(on.stderr, /< 213 [1-9]/);
        const back = await curl(...flags, '-o', join(place, 'back'), `${box}/cut`);
        assert.equal(back.code, 0, back.stderr);
        same('back', large);
      });
    }

    test('curl sends commands of its own', { skip: absent('curl') }, async () => {
      const url = `ftp://127.0.0.1:${served.port}/`;
      const ran = await curl('-Q', 'MKD quoted', '-Q', 'RNFR quoted', '-Q', 'RNTO named', '-Q', 'RMD named', url);
      assert.equal(ran.code, 0, ran.stderr);
      const refused = await curl('-Q', 'RMD named', url);
      assert.equal(refused.code, 21);
    });

    for (const [name, url, settings] of [
      ['in clear text', () => `ftp://127.0.0.1:${served.port}`, 'set ftp:ssl-allow no;'],
      ['over AUTH TLS', () => `ftp://127.0.0.1:${served.port}`, 'set ftp:ssl-force yes; set ftp:ssl-protect-data yes;'],
      ['over TLS', () => `ftps://127.0.0.1:${served.secure}`, 'set ftp:ssl-protect-data yes;'],
    ] as const) {
      test(`lftp ${name} mirrors there and back, and goes on with what was cut`, { skip: absent('lftp') }, async () => {
        const to = join(place, `lftp ${name}`);
        const box = `lftp-${name.replaceAll(' ', '-')}`;
        const lftp = (script: string) =>
          sh(tool('lftp') ?? '', [
            '--norc',
            '-c',
            `set ssl:verify-certificate no; set net:max-retries 1; set cmd:fail-exit yes; ${settings} ` +
              `open -u "${served.user},${served.password}" ${url()}; ${script}`,
          ]);
        const up = await lftp(`mirror -R "${source}" ${box}`);
        assert.equal(up.code, 0, up.stderr);
        const down = await lftp(`mirror -P 4 ${box} "${to}"`);
        assert.equal(down.code, 0, down.stderr);
        assert.deepEqual(tree(to), tree(source));
        await cutUpload(`ftp://127.0.0.1:${served.port}/${box}/cut`);
        const on = await lftp(`put -c "${source}/large" -o ${box}/cut; get ${box}/cut -o "${to}/cut"`);
        assert.equal(on.code, 0, on.stderr);
        assert.ok(readFileSync(join(to, 'cut')).equals(readFileSync(join(source, 'large'))));
      });
    }

    for (const [name, flags] of [
      ['in clear text', () => ['--ftp-port', String(served.port)]],
      ['over AUTH TLS', () => ['--ftp-port', String(served.port), '--ftp-explicit-tls']],
      ['over TLS', () => ['--ftp-port', String(served.secure), '--ftp-tls']],
    ] as const) {
      test(`rclone ${name} copies, checks and syncs`, { skip: absent('rclone') }, async () => {
        const hidden = (await sh(tool('rclone') ?? '', ['obscure', served.password])).stdout.trim();
        const rclone = (...args: string[]) =>
          sh(tool('rclone') ?? '', [
            ...['--config', '/dev/null', '--retries', '1', '--ftp-no-check-certificate'],
            ...['--ftp-host', '127.0.0.1', '--ftp-user', served.user, '--ftp-pass', hidden, ...flags(), ...args],
          ]);
        const box = `:ftp:rclone ${name}`;
        const to = join(place, `rclone ${name}`);
        for (const args of [
          ['copy', '--create-empty-src-dirs', source, box],
          ['check', '--download', source, box],
          ['sync', '--create-empty-src-dirs', box, to],
        ]) {
          const ran = await rclone(...args);
          assert.equal(ran.code, 0, `${args[0]}: ${ran.stderr}`);
        }
        assert.deepEqual(tree(to), tree(source));
        rmSync(join(to, 'docs'), { recursive: true });
        const sync = await rclone('sync', to, box);
        assert.equal(sync.code, 0, sync.stderr);
        const check = await rclone('check', to, box);
        assert.equal(check.code, 0, check.stderr);
      });
    }

    test("Python's ftplib, in clear text and over TLS, passive and active", { skip: absent('python3') }, async () => {
      const script = `
import ftplib, io, ssl, sys
port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
for make in (lambda: ftplib.FTP(), lambda: ftplib.FTP_TLS(context=context)):
    for passive in (True, False):
        ftp = make()
        ftp.connect('127.0.0.1', port, timeout=20)
        ftp.login(user, password)
        if isinstance(ftp, ftplib.FTP_TLS): ftp.prot_p()
        ftp.set_pasv(passive)
        ftp.mkd('py'); ftp.cwd('py')
        data = bytes(range(256)) * 5000
        ftp.storbinary('STOR a b', io.BytesIO(data))
        assert ftp.size('a b') == len(data)
        got = io.BytesIO(); ftp.retrbinary('RETR a b', got.write)
        assert got.getvalue() == data
        got = io.BytesIO(); ftp.retrbinary('RETR a b', got.write, rest=1000)
        assert got.getvalue() == data[1000:]
        ftp.storbinary('STOR a b', io.BytesIO(b'tail'), rest=len(data))
        assert ftp.size('a b') == len(data) + 4
        ftp.storlines('STOR text', io.BytesIO(b'one\\r\\ntwo\\r\\n'))
        ftp.voidcmd('TYPE I'); assert ftp.size('text') == 8
        lines = []; ftp.retrlines('RETR text', lines.append)
        assert lines == ['one', 'two'], lines
        assert sorted(ftp.nlst()) == ['a b', 'text'], ftp.nlst()
        facts = dict(ftp.mlsd(facts=['type', 'size']))
        assert facts['a b']['type'] == 'file' and facts['a b']['size'] == str(len(data) + 4), facts
        rows = []; ftp.dir(rows.append); assert len(rows) == 2
        ftp.rename('text', 'renamed')
        conn = ftp.transfercmd('RETR a b'); conn.recv(10); conn.close(); ftp.voidresp() if False else None
        try: ftp.getresp()
        except ftplib.all_errors: pass
        for name in ftp.nlst(): ftp.delete(name)
        ftp.cwd('..'); ftp.rmd('py'); ftp.quit()
print('fine')
`;
      const ran = await sh(tool('python3') ?? '', ['-c', script, String(served.port), served.user, served.password]);
      assert.equal(ran.stdout.trim(), 'fine', ran.stderr);
    });

    for (const [name, port, secure] of [
      ['in clear text', () => served.port, false],
      ['over AUTH TLS', () => served.port, true],
      ['over TLS', () => served.secure, 'implicit'],
    ] as const) {
      test(`basic-ftp ${name} takes a directory there and back`, async () => {
        const client = new Client(20_000);
        try {
          const { user, password } = served;
          const secureOptions = { rejectUnauthorized: false };
          await client.access({ host: '127.0.0.1', port: port(), user, password, secure, secureOptions });
          const box = `basic ${name}`;
          await client.ensureDir(box);
          // With nothing to send, this client ends a resumed TLS connection inside the handshake, and gets its 425.
          if (secure) writeFileSync(join(source, 'docs/deep er/zero'), '0');
          await client.uploadFromDir(source);
          assert.equal(await client.size('large'), LARGE);
          const to = join(place, box);
          await client.downloadToDir(to);
          assert.deepEqual(tree(to), tree(source));
          await client.appendFrom(join(source, 'a.txt'), 'a.txt');
          assert.equal(await client.size('a.txt'), 2 * statSync(join(source, 'a.txt')).size);
          await client.rename('a.txt', 'renamed.txt');
          await client.cd('/');
          await client.removeDir(box);
          assert.ok(!(await client.list()).some((entry) => entry.name === box));
        } finally {
          client.close();
        }
      });
    }
  });
}
