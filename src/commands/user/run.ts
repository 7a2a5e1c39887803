import { randomBytes } from 'node:crypto';
import { accountAddress, accountName, storedPassword } from '../../auth/user-record.ts';
import type { UserRecord, UserRecords } from '../../contracts/accounts.ts';
import { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import type { Result } from '../../ui/ui.ts';
import type { CommandContext } from '../command.ts';
import { askPassword } from '../password.ts';
import type { addOptions, passwdOptions, place } from './command.ts';
import { withUsers } from './open-users.ts';

export async function add(ctx: CommandContext<typeof addOptions>): Promise<void> {
  const name = accountName(ctx.operands[0] ?? '');
  const addresses = [...new Set(ctx.options.address.map(accountAddress))];
  await withUsers(ctx, async (users) => {
    if (await users.get(name)) {
      throw new CsError('CS_INPUT', `there is an account ${name} already`, { hint: `cs user passwd ${name}` });
    }
    await checkFree(users, name, addresses);
    const { stored, generated } = await choosePassword(ctx, ctx.options.scram);
    const now = new Date().toISOString();
    const record: UserRecord = { name, addresses, createdAt: now, updatedAt: now, ...stored };
    if (!ctx.options.dryRun) await users.put(record);
    await tell(ctx, 'added', record, generated);
  });
}

export async function passwd(ctx: CommandContext<typeof passwdOptions>): Promise<void> {
  const name = accountName(ctx.operands[0] ?? '');
  await withUsers(ctx, async (users) => {
    const before = await known(users, name);
    // A verifier of the old password would let the old password in.
    const { stored, generated } = await choosePassword(ctx, ctx.options.scram || before.scram !== undefined);
    const record: UserRecord = { ...before, ...stored, updatedAt: new Date().toISOString() };
    if (!ctx.options.dryRun) await users.put(record);
    await tell(ctx, 'changed', record, generated);
  });
}

export async function rm(ctx: CommandContext<typeof place>): Promise<void> {
  const name = accountName(ctx.operands[0] ?? '');
  await withUsers(ctx, async (users) => {
    const record = await known(users, name);
    if (!ctx.options.dryRun) await users.remove(name);
    await tell(ctx, 'removed', record, undefined);
  });
}

export async function ls(ctx: CommandContext<typeof place>): Promise<void> {
  const records = await withUsers(ctx, (users) => users.list());
  await ctx.ui.result({ schema: 'cs.users/1', users: records.map(facts) }, (paint) =>
    records
      .map((record) => {
        const { name, password, scram, addresses } = facts(record);
        const marks = `${password}${scram ? ' scram' : ''}`;
        return [escapeLine(name), paint.dim(marks), ...addresses.map((address) => escapeLine(address))].join('  ');
      })
      .join('\n'),
  );
}

async function known(users: UserRecords, name: string): Promise<UserRecord> {
  const record = await users.get(name);
  if (record === undefined) throw new CsError('CS_NOT_FOUND', `there is no account ${name}`, { hint: 'cs user ls' });
  return record;
}

/** An address has one owner; so has a name that is an address. */
async function checkFree(users: UserRecords, name: string, addresses: readonly string[]): Promise<void> {
  for (const address of name.includes('@') ? [name, ...addresses] : addresses) {
    const owner = await users.byAddress(address);
    if (owner !== undefined) throw new CsError('CS_INPUT', `${address} belongs to ${owner.name}`);
  }
}

async function choosePassword(ctx: CommandContext<typeof passwdOptions>, scram: boolean) {
  // 128 random bits. Shown once, so it is not marked as a secret.
  const generated = ctx.options.generate ? randomBytes(16).toString('base64url') : undefined;
  const password = generated ?? (await askPassword(ctx, 'new password:', true)).reveal();
  return { stored: await storedPassword({ password, machine: generated !== undefined, scram }), generated };
}

function facts({ name, addresses, password, scram, createdAt, updatedAt }: UserRecord) {
  return {
    name,
    addresses,
    password: password === undefined ? 'none' : password.startsWith('$sha256$') ? 'generated' : 'chosen',
    scram: scram !== undefined,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

async function tell(
  ctx: CommandContext<typeof place>,
  done: 'added' | 'changed' | 'removed',
  record: UserRecord,
  generated: string | undefined,
): Promise<void> {
  const { dryRun } = ctx.options;
  const shown: Record<string, string> = generated === undefined || dryRun ? {} : { generated_password: generated };
  const object: Result = { schema: 'cs.user/1', [done]: !dryRun, dry_run: dryRun, user: facts(record), ...shown };
  await ctx.ui.result(object, (paint) => {
    if (generated !== undefined && !dryRun) return generated;
    return `${dryRun ? 'would be ' : ''}${done} ${paint.bold(escapeLine(record.name))}`;
  });
  if (generated !== undefined && !dryRun) ctx.ui.note('this password is shown once');
}
