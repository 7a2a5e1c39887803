/** DELETE: one file, or one empty directory. */
import { CsError } from '../../../kit/errors.ts';
import type { Reply } from '../../shared/http/reply.ts';
import type { WebRequest } from '../web-request.ts';
import { changing, conditions } from './place.ts';

export async function deleteHandler(request: WebRequest): Promise<Reply> {
  const { tree, name, directory, signal } = request;
  const { before } = await conditions(request);
  // A file has no `/` at its end; the root is nobody's to remove.
  const named = before !== undefined && name.length > 0 && !(directory && before.kind === 'file');
  if (!named) throw new CsError('CS_NOT_FOUND', 'there is nothing here');
  await changing(async () => tree.remove?.(name, before.kind, signal));
  return { status: 204 };
}
