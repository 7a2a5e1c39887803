import type { OpenTree } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { defaults, type Options } from '../../kit/option.ts';
import { trees } from '../../registry.ts';
import type { Ui } from '../../ui/ui.ts';

/** A kind of tree by its name; what `values` leaves out has its default. */
export async function openTree(
  ctx: { readonly ui: Pick<Ui, 'log'> },
  kind: string,
  root: string | undefined,
  values: Readonly<Record<string, unknown>> = {},
): Promise<OpenTree> {
  const found = trees.find(({ name }) => name === kind);
  if (!found) throw new CsError('CS_BUG', `no tree of files called ${kind}`);
  const { open } = await found.open();
  return open({ root, options: { ...defaults(found.options as Options), ...values }, log: ctx.ui.log });
}
