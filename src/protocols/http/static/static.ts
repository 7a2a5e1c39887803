/** GET and HEAD of what is there: files, indexes, directories without their `/`, and the page that says that there is nothing. */
import { CsError } from '../../../kit/errors.ts';
import type { Reply } from '../../shared/http/reply.ts';
import type { WebHandler, WebRequest } from '../web-request.ts';
import { type FileRules, fileReply } from './file-reply.ts';
import { type Habits, INDEX, locate } from './locate.ts';

export interface StaticRules extends FileRules {
  readonly cleanUrls: boolean;
  readonly spa: boolean;
}

/** A directory without an index is left to the next handler. */
export function staticHandler(rules: StaticRules): WebHandler {
  return async (request) => {
    const habits: Habits = { cleanUrls: rules.cleanUrls, spa: rules.spa ? [...request.home, INDEX] : undefined };
    const { tree, name, directory } = request;
    const located = await locate(tree, name, directory, wantsPage(request), habits);
    if (located?.kind === 'file') return fileReply(request, located.name, rules);
    if (located?.kind === 'redirect') return toDirectory(request);
    if (located?.kind === 'directory') return undefined;
    throw new CsError('CS_NOT_FOUND', 'there is nothing here');
  };
}

/** Not a part of a page: those must not get a page in the place of what is missing. */
export function wantsPage(request: WebRequest): boolean {
  return /(?:^|[,\s])text\/html/i.test(request.header('accept') ?? '');
}

/** From canonical names, so that it never begins with `//` and leads nowhere else. */
function toDirectory({ path, search }: WebRequest): Reply {
  const where = `/${path.map(encodeURIComponent).join('/')}/${search === '' ? '' : `?${search}`}`;
  return { status: 301, headers: { Location: where } };
}
