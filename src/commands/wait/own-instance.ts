/** `cs://NAME` as an operand: the instance of that name, wherever something is waited for, marked or cleared. */
import type { Remote } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { operandScheme } from '../places/operand.ts';
import { reach } from '../reach.ts';
import type { KINDS } from './kind.ts';

type Kind = (typeof KINDS)[number];

/** What may stand behind the name: it says what is meant already. */
const PARTS: Readonly<Record<Kind, string>> = { mail: 'mail', request: 'requests', file: 'files' };

/** Whether the operand names an instance as a whole, and no mailbox of it. */
export function namesInstance(text: string): boolean {
  return operandScheme(text) === 'cs' && /^cs:\/\/[^/]*\/?(?:mail\/?)?$/i.test(text);
}

/** @param place undefined: the instance at hand. Throws `CS_USAGE` for what is no instance. */
export async function instanceAt(ctx: CommandContext, place: string | undefined, kind: Kind): Promise<Remote> {
  if (place === undefined) return (await reach(ctx, 'cs://local/', 'config')).connect();
  const hint = { hint: `cs://NAME, as in cs wait ${kind} cs://dev` };
  if (operandScheme(place) !== 'cs') throw new CsError('CS_USAGE', `${place} is no instance of cs`, hint);
  const reached = await reach(ctx, place, 'argv');
  const path = reached.target.path.filter((part) => part !== '');
  if (path.length > 1 || (path.length === 1 && path[0] !== PARTS[kind]))
    throw new CsError('CS_USAGE', `${place} is more than an instance`, hint);
  return reached.connect();
}
