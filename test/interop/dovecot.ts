/** A real Dovecot (Debian), every user with the password `secret`, mail in Maildirs that go with it. */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { accepts, ended } from './vsftpd.ts';

export interface Dovecot {
  readonly port: number;
  /** Of the master; its services are its children. */
  readonly pid: number;
  /** Of this user. */
  url(user: string, path?: string): string;
  /** Where its mail is. */
  maildir(user: string): string;
  stop(): Promise<void>;
}

/** Mail of uid 0 is none of Dovecot's business. */
const NOBODY = 65534;

export async function startDovecot(program: string, more = ''): Promise<Dovecot> {
  const home = mkdtempSync(join(tmpdir(), 'cs-dovecot-'));
  chmodSync(home, 0o755);
  const port = await freePort();
  const own = process.getuid?.() ?? 0;
  const uid = own === 0 ? NOBODY : own;
  const gid = own === 0 ? NOBODY : (process.getgid?.() ?? 0);
  mkdirSync(join(home, 'mail'));
  if (own === 0) chownSync(join(home, 'mail'), uid, gid);
  const file = join(home, 'dovecot.conf');
  writeFileSync(file, config({ home, port, uid, gid, root: own === 0 }) + more);
  const child = spawn(program, ['-F', '-c', file], { stdio: 'ignore' });
  await accepts(port, child);
  return {
    port,
    pid: child.pid ?? 0,
    url: (user, path = '') => `imap://${user}:secret@127.0.0.1:${port}/${path}`,
    maildir: (user) => join(home, 'mail', user),
    stop: async () => {
      await ended(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

interface Facts {
  readonly home: string;
  readonly port: number;
  readonly uid: number;
  readonly gid: number;
  readonly root: boolean;
}

function config({ home, port, uid, gid, root }: Facts): string {
  return `
base_dir = ${home}/run
state_dir = ${home}/state
log_path = ${home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:${home}/mail/%u
first_valid_uid = 1
mail_max_userip_connections = 50
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${home}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    special_use = \\Sent
  }
  mailbox Drafts {
    special_use = \\Drafts
    auto = no
  }
}
service imap-login {
  ${root ? '' : 'chroot =\n'}
  process_min_avail = 1
  service_count = 0
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  ${root ? '' : 'chroot ='}
}
${root ? '' : `default_internal_user = ${process.env.USER ?? 'nobody'}\ndefault_login_user = ${process.env.USER ?? 'nobody'}\n`}
`;
}
