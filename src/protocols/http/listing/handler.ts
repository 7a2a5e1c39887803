import type { Reply } from '../../shared/http/reply.ts';
import { archiveReply } from '../archive/reply.ts';
import { found } from '../static/locate.ts';
import type { WebRequest } from '../web-request.ts';
import { listingReply } from './reply.ts';

/** GET of a directory that has no index: what is in it, or all of it as an archive. */
export async function directoryHandler(request: WebRequest): Promise<Reply | undefined> {
  const { tree, name, query, signal } = request;
  if ((await found(tree, name))?.kind !== 'directory') return undefined;
  const order = { tree, path: name, shown: request.path, query, signal };
  return (await archiveReply(order)) ?? listingReply({ ...order, accept: request.header('accept') });
}
