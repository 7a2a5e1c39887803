import { readFile } from 'node:fs/promises';
import { CsError } from '../../kit/errors.ts';
import { caFile } from '../../net/ca.ts';
import { PERMITTED_NAMES, PERMITTED_NETWORKS } from '../../net/ca-constraints.ts';
import { caDirectory, caFiles } from '../../net/ca-directory.ts';
import { certificatesIn } from '../../net/ca-pem.ts';
import type { CommandContext } from '../command.ts';
import { type CertificateFacts, factsOf, shown } from './facts.ts';
import { trustCommands, trustText } from './trust-commands.ts';

export async function ca(ctx: CommandContext): Promise<void> {
  const path = await caFile(caDirectory(ctx.env));
  const [facts] = await read(path);
  if (!facts) throw new CsError('CS_CONFIG', `${path} has no certificate in it`);
  const { file, names: _, ...rest } = facts;
  const permitted = [...PERMITTED_NAMES.map((name) => `.${name}`), ...PERMITTED_NETWORKS];
  await ctx.ui.result({ schema: 'cs.cert_ca/1', path: file, ...rest, permitted }, (paint) => shown(facts, paint));
}

export async function show(ctx: CommandContext): Promise<void> {
  const files = ctx.operands.length > 0 ? ctx.operands : await caFiles(caDirectory(ctx.env));
  if (files.length === 0) {
    throw new CsError('CS_NOT_FOUND', 'there is no local certificate authority yet', { hint: 'cs cert ca makes one' });
  }
  const found: CertificateFacts[] = [];
  for (const file of files) {
    const all = await read(file);
    // The authority follows in the chain of each certificate it issued, and stands in its own file.
    found.push(...(ctx.operands.length > 0 ? all : all.slice(0, 1)));
  }
  await ctx.ui.result({ schema: 'cs.cert_show/1', certificates: found }, (paint) =>
    found.map((facts) => shown(facts, paint)).join('\n\n'),
  );
}

export async function trust(ctx: CommandContext): Promise<void> {
  const path = await caFile(caDirectory(ctx.env));
  const commands = trustCommands(path);
  const object = Object.fromEntries(commands.map(({ name, lines }) => [name, lines.join('\n')]));
  await ctx.ui.result({ schema: 'cs.cert_trust/1', path, commands: object }, (paint) => trustText(commands, paint));
}

async function read(file: string): Promise<readonly CertificateFacts[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CsError('CS_NOT_FOUND', `cannot read ${file}: ${error.code}`, { cause: error });
  });
  try {
    const all = certificatesIn(text).map((certificate) => factsOf(file, certificate));
    if (all.length > 0) return all;
  } catch (error) {
    throw new CsError('CS_INPUT', `${file} has a damaged certificate in it`, { cause: error });
  }
  throw new CsError('CS_INPUT', `${file} has no certificate in it`, { hint: 'PEM is wanted: BEGIN CERTIFICATE' });
}
