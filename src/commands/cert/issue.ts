import { access } from 'node:fs/promises';
import { CsError } from '../../kit/errors.ts';
import { issueFor } from '../../net/ca.ts';
import { caDirectory, publish } from '../../net/ca-directory.ts';
import { certificatesIn } from '../../net/ca-pem.ts';
import type { CommandContext } from '../command.ts';
import type { issueOptions } from './command.ts';
import { factsOf, shown } from './facts.ts';

export async function run(ctx: CommandContext<typeof issueOptions>): Promise<void> {
  const { options, operands, ui } = ctx;
  const stem = (operands[0] ?? '').replace(/[^A-Za-z0-9.-]/g, '_');
  const certFile = options.certFile ?? `${stem}.pem`;
  const keyFile = options.keyFile ?? `${stem}-key.pem`;
  if (!options.yes) for (const file of [certFile, keyFile]) await mustBeNew(file);
  const made = await issueFor(operands, caDirectory(ctx.env));
  const [certificate] = certificatesIn(made.cert);
  if (!certificate) throw new CsError('CS_BUG', 'a certificate was made that cannot be read');
  if (!options.dryRun) {
    await publish(keyFile, made.key, 'replace', 0o600);
    await publish(certFile, made.cert, 'replace', 0o644);
  }
  const facts = factsOf(certFile, certificate);
  const object = { schema: 'cs.cert_issue/1', ...facts, key_file: keyFile, dry_run: options.dryRun };
  await ui.result(object, (paint) => `${shown(facts, paint)}\n  key          ${keyFile}`);
}

async function mustBeNew(file: string): Promise<void> {
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (there) throw new CsError('CS_USAGE', `${file} exists`, { hint: '--yes replaces it' });
}
