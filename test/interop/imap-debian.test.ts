/**
 * interimap, OfflineIMAP and NeoMutt on the IMAP server: in clear text, by STARTTLS and under TLS. interimap keeps both stores
 * alike over QRESYNC and COMPRESS, OfflineIMAP goes by uids and flags alone, NeoMutt caches and uses QRESYNC.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RawImap, shownChain } from './imap-mailbox.ts';
import { type Serving, serve, sh, tool } from './server.ts';

const interimap = tool('interimap');
const offlineimap = tool('offlineimap');
const neomutt = tool('neomutt');
const script = tool('script');

const WAYS = ['plain', 'STARTTLS', 'TLS'] as const;
type Way = (typeof WAYS)[number];
const LIMIT = { timeout: 120_000 };

const portOf = (server: Serving, way: Way) => server.port(way === 'TLS' ? 'imaps' : 'imap');

/** Programs keep what they know under here, and nowhere else. */
function homeFor(server: Serving, name: string): { home: string; env: NodeJS.ProcessEnv } {
  const home = join(server.state, name);
  const [config, data] = [join(home, 'config'), join(home, 'share')];
  for (const folder of [join(config, 'interimap'), join(data, 'interimap')]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  return { home, env: { HOME: home, XDG_CONFIG_HOME: config, XDG_DATA_HOME: data, TERM: 'xterm' } };
}

/** Names, subjects and flags of all there is. */
async function contents(server: Serving, user: string): Promise<string[]> {
  await using imap = await RawImap.login(server.port('imap'), user);
  const rows: string[] = [];
  for (const [, name = ''] of (await imap.ask('LIST "" *')).matchAll(
    /^\* LIST \((?![^)]*Noselect)[^)]*\) "\/" (\S+)\r$/gm,
  )) {
    await imap.ask(`EXAMINE ${name}`);
    const said = await imap.ask('FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])');
    rows.push(name);
    for (const [, flags = '', subject = ''] of said.matchAll(/FLAGS \(([^)]*)\)[\s\S]*?^Subject: (.*)\r$/gm)) {
      rows.push(`${name}: ${subject} (${flags.split(' ').sort().join(' ')})`);
    }
  }
  return rows.sort();
}

describe('IMAP clients of Debian', () => {
  let near: Serving;
  let far: Serving;
  before(async () => {
    near = await serve(['imap', 'imaps'], { data: false });
    far = await serve(['imap', 'imaps'], { data: true });
  });
  after(async () => assert.deepEqual([await near.stop(), await far.stop()], [0, 0]));

  for (const way of WAYS) {
    test(`interimap, ${way}: two stores are alike, and again after both changed`, {
      ...LIMIT,
      skip: interimap === undefined && 'interimap is not installed',
    }, async () => {
      const user = `inter-${way}`;
      const { env } = homeFor(near, user);
      const place = (server: Serving) =>
        `type = ${way === 'TLS' ? 'imaps' : 'imap'}\nhost = 127.0.0.1\nport = ${portOf(server, way)}\n${
          way === 'plain' ? 'STARTTLS = NO' : 'SSL_verify = NO'
        }\nusername = ${user}\npassword = secret\ncompress = YES\n`;
      const config = `database = x.db\nlist-mailbox = "*"\n\n[local]\n${place(near)}\n[remote]\n${place(far)}`;
      writeFileSync(join(env.XDG_CONFIG_HOME ?? '', 'interimap/config'), config);
      const sync = async () => {
        const ran = await sh(interimap ?? '', ['--debug'], { env });
        assert.equal(ran.code, 0, ran.stderr);
        assert.deepEqual(await contents(near, user), await contents(far, user));
        return ran.stderr;
      };
      await using one = await RawImap.login(near.port('imap'), user);
      await using other = await RawImap.login(far.port('imap'), user);
      for (const name of ['Box', 'Box/Sub', 'Near']) await one.ask(`CREATE ${name}`);
      await one.ask('SUBSCRIBE Box');
      await other.ask('CREATE Far');
      await one.fill('INBOX', 'near', 20);
      await one.fill('Box/Sub', 'below', 5);
      await other.fill('INBOX', 'far', 15);
      await sync();
      assert.equal((await contents(near, user)).length, 5 + 40);
      assert.match(await other.ask('LIST (SUBSCRIBED) "" *'), / Box\r$/m);
      await one.ask('SELECT INBOX');
      await one.ask('STORE 1:4 +FLAGS.SILENT (\\Deleted)');
      await one.ask('EXPUNGE');
      await one.ask('STORE 2:3 +FLAGS.SILENT (\\Flagged $Mine)');
      await other.ask('SELECT INBOX');
      await other.ask('UID STORE 10:11 +FLAGS.SILENT (\\Deleted)');
      await other.ask('CLOSE');
      await other.fill('Far', 'late', 3);
      assert.match(await sync(), / VANISHED /);
      assert.equal((await contents(near, user)).length, 5 + 40 - 6 + 3);
      const last = await sync();
      assert.match(last, / C: \d+ LIST /);
      assert.doesNotMatch(last, / C: \d+ (UID )?(APPEND|EXPUNGE)/);
    });
  }

  for (const way of WAYS) {
    for (const store of ['memory', 'embedded'] as const) {
      const server = () => (store === 'memory' ? near : far);

      test(`OfflineIMAP, ${way}, ${store}: there and back`, {
        ...LIMIT,
        skip: offlineimap === undefined && 'offlineimap3 is not installed',
      }, async () => {
        const user = `offline-${way}`;
        const { home, env } = homeFor(server(), user);
        writeFileSync(join(home, 'cert.pem'), (await shownChain(server().port('imaps'))).join(''));
        const tls = `ssl = ${way === 'TLS' ? 'yes' : 'no'}\nstarttls = ${way === 'STARTTLS' ? 'yes' : 'no'}\n${
          way === 'plain' ? '' : `sslcacertfile = ${home}/cert.pem\n`
        }`;
        writeFileSync(
          join(home, 'rc'),
          `[general]\naccounts = a\nmetadata = ${home}/known\nui = quiet\n[Account a]\nlocalrepository = l\nremoterepository = r\n[Repository l]\ntype = Maildir\nlocalfolders = ${home}/mail\n[Repository r]\ntype = IMAP\nremotehost = localhost\nremoteport = ${portOf(server(), way)}\nremoteuser = ${user}\nremotepass = secret\nauth_mechanisms = PLAIN\n${tls}`,
        );
        const sync = async () => {
          const ran = await sh(offlineimap ?? '', ['-c', join(home, 'rc'), '-o'], { env });
          assert.equal(ran.code, 0, ran.stderr + ran.stdout);
        };
        await using imap = await RawImap.login(server().port('imap'), user);
        await imap.ask('CREATE Work');
        await imap.fill('INBOX', 'one', 6);
        await sync();
        const inbox = join(home, 'mail/INBOX');
        const [first = ''] = readdirSync(join(inbox, 'new'));
        assert.equal(readdirSync(join(inbox, 'new')).length, 6);
        assert.deepEqual(readdirSync(join(home, 'mail')).sort(), ['INBOX', 'Work']);
        renameSync(join(inbox, 'new', first), join(inbox, 'cur', first.replace(/:2,.*|$/, ':2,FS')));
        writeFileSync(join(inbox, 'new/1.1.here'), 'Subject: from here\n\ntext\n');
        await imap.ask('SELECT INBOX');
        await imap.ask('STORE 6 +FLAGS.SILENT (\\Deleted)');
        await imap.ask('EXPUNGE');
        await sync();
        assert.match(await imap.ask('SEARCH FLAGGED SEEN'), /^\* SEARCH \d\r$/m);
        assert.match(await imap.ask('SEARCH SUBJECT "from here"'), /^\* SEARCH 6\r$/m);
        const files = ['cur', 'new'].flatMap((folder) => readdirSync(join(inbox, folder)));
        assert.equal(files.length, 6);
      });

      test(`NeoMutt, ${way}, ${store}: flags, copies and deletes, and finds it all again by QRESYNC`, {
        ...LIMIT,
        skip: (neomutt === undefined || script === undefined) && 'neomutt is not installed',
      }, async () => {
        const user = `mutt-${way}`;
        const { home, env } = homeFor(server(), user);
        for (const folder of ['headers', 'bodies']) mkdirSync(join(home, folder));
        writeFileSync(join(home, 'cert.pem'), (await shownChain(server().port('imaps'))).join(''));
        const url = `${way === 'TLS' ? 'imaps' : 'imap'}://${user}@localhost:${portOf(server(), way)}`;
        const secure = way === 'plain' ? 'no' : 'yes';
        writeFileSync(
          join(home, 'rc'),
          `set imap_user="${user}" imap_pass="secret" folder="${url}" spoolfile="${url}/INBOX" record="" postponed="${url}/Drafts"\nset ssl_starttls=${secure} ssl_force_tls=${secure} ssl_ca_certificates_file="${home}/cert.pem" certificate_file="${home}/certs"\nset header_cache="${home}/headers" message_cachedir="${home}/bodies" imap_condstore=yes imap_qresync=yes imap_deflate=yes\nset confirmappend=no delete=yes quit=yes move=no mark_old=no wait_key=no sleep_time=0 debug_level=3 debug_file="${home}/log"\n`,
        );
        const keys =
          '<tag-pattern>~s one<enter><tag-prefix><set-flag>!<tag-prefix><copy-message>=Work<enter><untag-pattern>.<enter><first-entry><delete-message><sync-mailbox><change-folder>=Work<enter><display-message><exit><quit>';
        const visit = async () => {
          const command = `neomutt -F ${home}/rc -f ${url}/INBOX -e 'push "${keys}"'`;
          const ran = await sh(script ?? '', ['-qec', command, join(home, 'screen')], { env });
          assert.equal(ran.code, 0, ran.stdout);
          return readFileSync(join(home, 'log0'), 'utf8');
        };
        await using imap = await RawImap.login(server().port('imap'), user);
        await imap.ask('CREATE Work');
        await imap.fill('INBOX', 'one', 6);
        await visit();
        assert.match(await imap.ask('STATUS INBOX (MESSAGES)'), /MESSAGES 5\)/);
        assert.match(await imap.ask('STATUS Work (MESSAGES UNSEEN)'), /MESSAGES 6 UNSEEN 5\)/);
        await imap.ask('SELECT INBOX');
        assert.match(await imap.ask('SEARCH FLAGGED'), /^\* SEARCH 1 2 3 4 5\r$/m);
        await imap.ask('STORE 2 +FLAGS.SILENT (\\Deleted)');
        await imap.ask('EXPUNGE');
        assert.match(await visit(), /Handling VANISHED/);
        assert.match(await imap.ask('STATUS INBOX (MESSAGES)'), /MESSAGES 3\)/);
        assert.match(await imap.ask('STATUS Work (MESSAGES)'), /MESSAGES 10\)/);
      });
    }
  }
});
