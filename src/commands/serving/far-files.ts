/** Files of another server as the root of ours: every client is a tree, so every server is a gateway to every other. */
import type { OpenTree } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { jail } from '../../stores/wrap/files/jail.ts';
import { patient } from '../../stores/wrap/files/patient.ts';
import type { CommandContext } from '../command.ts';
import { namesMail, Places } from '../places/open-places.ts';
import { parseOperand } from '../places/operand.ts';
import { about } from '../places/words.ts';
import type { ServingContext } from './start.ts';

/** Connections to the far end: as many sessions of ours may be busy at once. */
const AT_ONCE = 8;

/** Throws what the far end says, and `CS_NOT_DIRECTORY` where the URL names a file. */
export async function openFar(ctx: ServingContext, url: string): Promise<OpenTree> {
  const operand = parseOperand(url);
  if (namesMail(url) || operand.patterns.length > 0) throw new CsError('CS_USAGE', `${url} is no directory of files`);
  const stop = new AbortController();
  // Who is served waits as long as the protocols on both sides let it.
  const places = new Places(clientContext(ctx), stop, AT_ONCE);
  const close = async (): Promise<void> => {
    await places[Symbol.asyncDispose]();
    stop.abort(new CsError('CS_FAILED', 'the server stops'));
  };
  try {
    const place = await places.open(operand);
    const { kind } = await about(place, place.path, place.tree.stat(place.path, stop.signal));
    if (kind === 'file') throw new CsError('CS_NOT_DIRECTORY', `${url} is a file`);
    return {
      info: { title: place.show(place.path), durability: 'process' },
      tree: jail(patient(place.tree, ctx.options.timeout), place.path),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A server asks nobody anything. */
function clientContext(ctx: ServingContext): CommandContext {
  const { log } = ctx.ui;
  const ui = { log, verbose: 0, interactive: false, json: false, quiet: true, note: () => {} };
  return { ...ctx, ui, operands: [], rest: [], umask: undefined } as unknown as CommandContext;
}
