/** The verbs `cs user ...` on a real data directory, from argv to the account and its login. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAccounts } from '../../src/auth/accounts.ts';
import type { Command, CommandContext } from '../../src/commands/command.ts';
import { commandOptions, settle } from '../../src/commands/context.ts';
import { findCommand, parseArguments } from '../../src/commands/parse.ts';
import { userAddCommand, userLsCommand, userPasswdCommand, userRmCommand } from '../../src/commands/user/command.ts';
import type { OpenStore } from '../../src/contracts/store.ts';
import { CsError } from '../../src/kit/errors.ts';
import { defaults } from '../../src/kit/option.ts';
import { redact, Secret } from '../../src/kit/secret.ts';
import { open } from '../../src/stores/embedded/open.ts';
import { options as storeOptions } from '../../src/stores/embedded/options.ts';
import { LOOPBACK } from '../auth/fixture.ts';

const COMMANDS = [userAddCommand, userRmCommand, userLsCommand, userPasswdCommand] as readonly unknown[] as Command[];
const PLAIN = { bold: String, dim: String, red: String, green: String, yellow: String, cyan: String, plate: String };
const scratch = mkdtempSync(join(tmpdir(), 'cs-user-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

interface Ran {
  readonly object: Record<string, unknown>;
  readonly human: string;
  readonly asked: readonly string[];
}

/** One command line as `main` runs it, but for the screen. */
async function cs(
  line: readonly string[],
  env: Record<string, string> = {},
  typed: readonly string[] = [],
): Promise<Ran> {
  const { command, words } = findCommand(line, COMMANDS);
  const parsed = parseArguments(command, commandOptions(command), line.slice(words));
  const { options, sections } = await settle(command, parsed, { XDG_CONFIG_HOME: scratch, ...env }, scratch);
  const said: Ran[] = [];
  const asked: string[] = [];
  const answers = [...typed];
  const ui = {
    log: () => {},
    note: () => {},
    result: async (object: Record<string, unknown>, human: (paint: typeof PLAIN) => string) => {
      said.push({ object: JSON.parse(redact(JSON.stringify(object))), human: redact(human(PLAIN)), asked });
    },
    ask: async (question: string, { flag }: { flag: string }) => {
      asked.push(question);
      const answer = answers.shift();
      if (answer === undefined) throw new CsError('CS_USAGE', `cannot ask`, { hint: `give ${flag}` });
      return answer;
    },
  };
  const ctx = { options, sections, operands: parsed.operands, env, ui } as unknown as CommandContext;
  await (await command.load()).run(ctx);
  assert.equal(said.length, 1);
  return said[0]!;
}

let made = 0;
function place(): string {
  made += 1;
  return join(scratch, `data-${made}`);
}

async function inStore<T>(dir: string, look: (store: OpenStore) => Promise<T>): Promise<T> {
  await using store = await open({ dir, options: defaults(storeOptions), log: () => {} });
  return await look(store);
}

function login(store: OpenStore, user: string, password: string) {
  const { users: records, journal } = store;
  const accounts = createAccounts({ records, journal, mode: 'required', log: () => {}, throttleLoopback: false });
  return accounts.verify(user, { kind: 'password', password: new Secret(password) }, LOOPBACK);
}

const failing = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof CsError, String(error));
  assert.match(`${error.code} ${error.message} ${error.hint}`, words);
  return error.code === code;
};

test('an account is made, listed, logged in to, given another password and removed', async () => {
  const data = place();
  const first = { CS_DATA_DIR: data, CS_PASSWORD: 'first-words' };
  const added = await cs(
    ['user', 'add', 'Ann@X.test', '--address', 'Sales@X.test', '--address', 'sales@x.test'],
    first,
  );
  assert.equal(added.human, 'added ann@x.test');
  assert.deepEqual(added.object.schema, 'cs.user/1');
  const listed = await cs(['user', 'ls', '--data', data]);
  assert.equal(listed.human, 'ann@x.test  chosen  sales@x.test');
  const [row] = listed.object.users as Record<string, unknown>[];
  assert.deepEqual(
    [row?.name, row?.addresses, row?.password, row?.scram],
    ['ann@x.test', ['sales@x.test'], 'chosen', false],
  );
  await inStore(data, async (store) => {
    assert.match((await store.users.get('ann@x.test'))?.password ?? '', /^\$scrypt\$ln=15,r=8,p=3\$/);
    assert.equal((await login(store, 'sales@x.test', 'first-words'))?.name, 'ann@x.test');
  });
  await cs(['user', 'passwd', 'ann@x.test'], { CS_DATA_DIR: data, CS_PASSWORD: 'second-words' });
  await inStore(data, async (store) => {
    assert.equal(await login(store, 'ann@x.test', 'first-words'), undefined);
    assert.equal((await login(store, 'ann@x.test', 'second-words'))?.name, 'ann@x.test');
    assert.deepEqual((await store.users.get('ann@x.test'))?.addresses, ['sales@x.test']);
  });
  assert.equal((await cs(['user', 'rm', 'ANN@x.test', '--data', data])).human, 'removed ann@x.test');
  assert.deepEqual((await cs(['user', 'ls', '--data', data])).object.users, []);
});

test('--generate prints 128 random bits once; they are kept as a fast hash and come in by PLAIN', async () => {
  const data = place();
  const { human, object } = await cs(['user', 'add', 'ann', '--data', data, '--generate', '--scram']);
  assert.match(human, /^[A-Za-z0-9_-]{22}$/);
  assert.equal(object.generated_password, human);
  assert.notEqual((await cs(['user', 'passwd', 'ann', '--data', data, '--generate'])).human, human);
  const again = await cs(['user', 'passwd', 'ann', '--data', data, '--generate']);
  await inStore(data, async (store) => {
    const record = await store.users.get('ann');
    assert.match(record?.password ?? '', /^\$sha256\$/);
    assert.equal(await login(store, 'ann', human), undefined);
    assert.equal((await login(store, 'ann', again.human))?.name, 'ann');
  });
});

test('a new password never leaves the verifier of the old one behind', async () => {
  const data = place();
  await cs(['user', 'add', 'ann', '--data', data, '--generate', '--scram']);
  const before = await inStore(data, (store) => store.users.get('ann'));
  await cs(['user', 'passwd', 'ann', '--data', data, '--generate']);
  const now = await inStore(data, (store) => store.users.get('ann'));
  assert.ok(before?.scram && now?.scram);
  assert.notEqual(now.scram, before.scram);
  assert.match(now.scram, /^[A-Za-z0-9+/=]+,32768,/);
});

test('a password comes from a private file, or is typed twice the same', async () => {
  const data = place();
  const file = join(scratch, 'secret.txt');
  writeFileSync(file, 'from a file\n', { mode: 0o600 });
  await cs(['user', 'add', 'ann', '--data', data, '--password-file', file]);
  const { asked } = await cs(['user', 'add', 'bob', '--data', data], {}, ['typed words', 'typed words']);
  assert.equal(asked.length, 2);
  await inStore(data, async (store) => {
    assert.equal((await login(store, 'ann', 'from a file'))?.name, 'ann');
    assert.equal((await login(store, 'bob', 'typed words'))?.name, 'bob');
  });
  await assert.rejects(
    cs(['user', 'passwd', 'bob', '--data', data], {}, ['one', 'two']),
    failing('CS_USAGE', /differ/),
  );
  await assert.rejects(cs(['user', 'passwd', 'bob', '--data', data]), failing('CS_USAGE', /--password-file/));
});

test('what cannot be is refused with the reason, and nothing is changed', async () => {
  const data = place();
  const env = { CS_DATA_DIR: data, CS_PASSWORD: 'words-enough' };
  await cs(['user', 'add', 'ann', '--address', 'ann@x.test', '--generate'], env);
  const before = await cs(['user', 'ls'], env);
  const rows: [string[], string, RegExp][] = [
    [['user', 'add', 'ANN'], 'CS_INPUT', /already.*cs user passwd ann/],
    [['user', 'add', 'ann@x.test'], 'CS_INPUT', /ann@x.test belongs to ann/],
    [['user', 'add', 'bob', '--address', 'Ann@X.test'], 'CS_INPUT', /ann@x.test belongs to ann/],
    [['user', 'add', '../admin'], 'CS_INPUT', /not a user name/],
    [['user', 'add', '*'], 'CS_INPUT', /not a user name/],
    [['user', 'add', 'bob', '--address', 'bob'], 'CS_INPUT', /not a mail address/],
    [['user', 'add'], 'CS_USAGE', /needs <name>/],
    [['user', 'passwd', 'bob'], 'CS_NOT_FOUND', /no account bob/],
    [['user', 'rm', 'bob'], 'CS_NOT_FOUND', /no account bob/],
    [['user', 'add', 'bob', '--password', 'x'], 'CS_SECRET_IN_ARGV', /--password-file/],
    [['user', 'add', 'bob', '--generte'], 'CS_USAGE', /--generate/],
  ];
  for (const [line, code, words] of rows) await assert.rejects(cs(line, env), failing(code, words), line.join(' '));
  assert.deepEqual((await cs(['user', 'ls'], env)).object, before.object);
  for (const line of [['ls'], ['add', 'x'], ['rm', 'x'], ['passwd', 'x']]) {
    await assert.rejects(cs(['user', ...line]), failing('CS_USAGE', /data directory.*--data DIR/));
  }
});

test('--dry-run says what would be, and does nothing', async () => {
  const data = place();
  const env = { CS_DATA_DIR: data, CS_PASSWORD: 'words-enough' };
  assert.equal((await cs(['user', 'add', 'ann', '--dry-run'], env)).human, 'would be added ann');
  assert.deepEqual((await cs(['user', 'ls'], env)).object.users, []);
  await cs(['user', 'add', 'ann', '--generate'], env);
  assert.equal((await cs(['user', 'rm', 'ann', '--dry-run'], env)).human, 'would be removed ann');
  const dry = await cs(['user', 'passwd', 'ann', '--generate', '--dry-run'], env);
  assert.equal(dry.object.generated_password, undefined);
  assert.equal(((await cs(['user', 'ls'], env)).object.users as unknown[]).length, 1);
});

test('AU-05 a planted password is in no output and no file of the data directory, which nobody else can read', async () => {
  const data = place();
  const canary = 'planted-canary-5d1e';
  const env = { CS_DATA_DIR: data, CS_PASSWORD: canary };
  const ran = [await cs(['user', 'add', 'ann', '--scram'], env), await cs(['user', 'passwd', 'ann'], env)];
  assert.ok(!JSON.stringify(ran).includes(canary));
  assert.equal(statSync(data).mode & 0o077, 0);
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > 0);
  for (const entry of files) {
    assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(canary), entry.name);
  }
});
