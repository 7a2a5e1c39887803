/** Exim beside us: each connection is answered by a process of its own, as from inetd, and what it takes lies in a Maildir. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, sh } from './server.ts';

export interface Exim extends AsyncDisposable {
  readonly port: number;
  /** Hands it a message, as `sendmail` does; resolves when it was delivered, or could not be. */
  inject(message: string | Buffer, from: string, to: readonly string[]): Promise<Ran>;
  /** What it took, whole, line ends bare; resolves when there are so many. */
  taken(count: number): Promise<readonly string[]>;
  /** Recipients `later@` are put off until then. */
  opens(): void;
  log(): string;
}

/** @param exim the program @param smarthost a port here, for `ours.test` */
export async function startExim(exim: string, smarthost: number): Promise<Exim> {
  const home = mkdtempSync(join(tmpdir(), 'cs-exim-'));
  const [uid, gid] = ['-u', '-g'].map((what) =>
    Number(execFileSync('id', [what, 'Debian-exim'], { encoding: 'utf8' })),
  );
  chmodSync(home, 0o755);
  for (const name of ['spool', 'mail', 'log']) {
    mkdirSync(join(home, name));
    chownSync(join(home, name), uid!, gid!);
  }
  const config = join(home, 'exim.conf');
  writeFileSync(config, CONFIG(home, exim, smarthost));
  const fresh = join(home, 'mail/new');
  const messages = (): string[] =>
    existsSync(fresh)
      ? readdirSync(fresh)
          .sort()
          .map((name) => readFileSync(join(fresh, name), 'latin1'))
      : [];
  const waiting = new Set<() => void>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const child = spawn(exim, ['-C', config, '-odi', '-bs'], { stdio: [socket, socket, 'ignore'] });
    child.once('exit', () => {
      for (const look of waiting) look();
    });
    child.once('spawn', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    inject: (message, from, to) => sh(exim, ['-C', config, '-odi', '-oi', '-f', from, ...to], { input: message }),
    taken: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = messages();
          if (found.length < count) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    opens: () => writeFileSync(join(home, 'open'), ''),
    log: () => (existsSync(join(home, 'log/mainlog')) ? readFileSync(join(home, 'log/mainlog'), 'utf8') : ''),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const CONFIG = (home: string, program: string, smarthost: number): string => `
exim_path = ${program}
keep_environment =
primary_hostname = exim.test
spool_directory = ${home}/spool
log_file_path = ${home}/log/%slog
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
chunking_advertise_hosts = *
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
tls_advertise_hosts =
message_size_limit = 100K
qualify_domain = exim.test
check_spool_space = 0
check_spool_inodes = 0
begin acl
rcpt:
  deny local_parts = nobody
    message = nobody of that name
  defer local_parts = later
    condition = \${if exists{${home}/open}{no}{yes}}
    message = not now
  accept
begin routers
local:
  driver = accept
  domains = exim.test
  transport = file
ours:
  driver = manualroute
  domains = ours.test
  route_list = * 127.0.0.1
  self = send
  transport = smtp
begin transports
file:
  driver = appendfile
  directory = ${home}/mail
  maildir_format
  user = Debian-exim
  group = Debian-exim
smtp:
  driver = smtp
  port = ${smarthost}
  hosts_try_chunking = *
  hosts_avoid_tls = *
  allow_localhost
begin retry
* * F,1h,15m
`;
