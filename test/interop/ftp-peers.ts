/** FTP servers that others wrote, each over a directory of its own on a free port of loopback. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { accepts, ended, type ForeignServer } from './vsftpd.ts';

export const USER = 'ann';
export const PASSWORD = 'a secret';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

async function running(child: ChildProcess, port: number, home: string): Promise<ForeignServer> {
  await accepts(port, child);
  return {
    url: `ftp://127.0.0.1:${port}`,
    port,
    stop: async () => {
      await ended(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'cs-ftp-peer-'));
}

/** With TLS offered, and then the control connection's session wanted on data connections. */
export async function startProftpd(program: string, root: string, { cert, key }: Certificate): Promise<ForeignServer> {
  const home = scratch();
  const port = await freePort();
  const hash = spawnSync('openssl', ['passwd', '-6', PASSWORD], { encoding: 'utf8' }).stdout.trim();
  const users = join(home, 'users');
  writeFileSync(users, `${USER}:${hash}:${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}::${root}:/bin/sh\n`, {
    mode: 0o600,
  });
  const modules = process.env.CS_PROFTPD_MODULES ?? modulesOf(program);
  const config = join(home, 'proftpd.conf');
  writeFileSync(
    config,
    [
      `ServerType standalone\nPort ${port}\nDefaultAddress 127.0.0.1\nUseIPv6 off\nModulePath ${modules}`,
      `PidFile ${home}/pid\nScoreboardFile ${home}/score\nDelayTable none\nUser root\nGroup root\nRootLogin on`,
      `AuthUserFile ${users}\nAuthOrder mod_auth_file.c\nRequireValidShell off\nDefaultRoot ${root}`,
      `AllowOverwrite on\nAllowStoreRestart on\nWtmpLog off\nSystemLog ${home}/log\nTransferLog none\nMaxInstances 60`,
      '<IfModule mod_delay.c>\nDelayEngine off\n</IfModule>',
      'LoadModule mod_tls.c\nLoadModule mod_digest.c',
      `TLSEngine on\nTLSRequired off\nTLSRSACertificateFile ${cert}\nTLSRSACertificateKeyFile ${key}\nTLSLog ${home}/tls`,
      '',
    ].join('\n'),
  );
  return running(spawn(program, ['-n', '-c', config], { stdio: 'ignore' }), port, home);
}

/** Unpacked beside the wrapper, or where Debian has them. */
function modulesOf(program: string): string {
  const { stdout } = spawnSync('sh', ['-c', `sed -n 's/^# modules: //p' ${program}`], { encoding: 'utf8' });
  return stdout.trim() || '/usr/lib/proftpd';
}

export async function startPureFtpd(program: string, makeUser: string, root: string): Promise<ForeignServer> {
  const home = scratch();
  const port = await freePort();
  const [users, base] = [join(home, 'users'), join(home, 'users.pdb')];
  // It takes nobody with the rights of root.
  chmodSync(root, 0o777);
  const add = ['useradd', USER, '-f', users, '-u', '65534', '-g', '65534', '-d', root];
  spawnSync(makeUser, add, { input: `${PASSWORD}\n${PASSWORD}\n` });
  spawnSync(makeUser, ['mkdb', base, '-f', users]);
  const args = [
    '-S',
    `127.0.0.1,${port}`,
    '-l',
    `puredb:${base}`,
    '-H',
    '-4',
    '-D',
    '-z',
    '-u',
    '1',
    '-c',
    '60',
    '-C',
    '60',
  ];
  return running(spawn(program, [...args, '-g', join(home, 'pid')], { stdio: 'ignore' }), port, home);
}

const PYFTPDLIB = `
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
port, user, password, root = sys.argv[1:]
FTPHandler.authorizer = DummyAuthorizer()
FTPHandler.authorizer.add_user(user, password, root, perm='elradfmwMT')
FTPServer(('127.0.0.1', int(port)), FTPHandler).serve_forever()
`;

/** Debian's own Python has Debian's packages. */
export const PYTHON = '/usr/bin/python3';

export function hasPyftpdlib(): boolean {
  return spawnSync(PYTHON, ['-c', 'import pyftpdlib']).status === 0;
}

export async function startPyftpdlib(root: string): Promise<ForeignServer> {
  const home = scratch();
  const port = await freePort();
  const child = spawn(PYTHON, ['-c', PYFTPDLIB, String(port), USER, PASSWORD, root], { stdio: 'ignore' });
  return running(child, port, home);
}
