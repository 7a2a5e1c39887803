/** What a person sees in the place of a file: the site's own `404.html`, or one line. */
import { STATUS_CODES } from 'node:http';
import { asCsError } from '../../../kit/errors.ts';
import { fileName } from '../../../kit/file-path.ts';
import { FileContent } from '../../shared/http/file-content.ts';
import { statusOf } from '../../shared/http/refusal.ts';
import { failureReply, type Reply } from '../../shared/http/reply.ts';
import type { WebRequest } from '../web-request.ts';
import { found } from './locate.ts';
import { mediaType } from './media-types.ts';
import type { FileRules } from './representation.ts';
import { wantsPage } from './static.ts';

const PAGE = fileName('404.html');

/** Throws what is our own fault, for the log. */
export async function errorReply(request: WebRequest, thrown: unknown, rules: FileRules): Promise<Reply> {
  const error = asCsError(thrown);
  const status = statusOf(error);
  if (status === 500) throw error;
  if (status === 404 && (request.method === 'GET' || request.method === 'HEAD')) {
    const page = await ownPage(request, rules);
    if (page) return page;
  }
  const reply = failureReply(error);
  if (status < 400 || !wantsPage(request)) return reply;
  const title = `${status} ${STATUS_CODES[status] ?? ''}`;
  const body = `<!doctype html>\n<title>${title}</title>\n<h1>${title}</h1>\n<p>${escapeHtml(error.message)}</p>\n`;
  return { ...reply, headers: { ...reply.headers, 'Content-Type': 'text/html; charset=utf-8' }, body };
}

async function ownPage(request: WebRequest, rules: FileRules): Promise<Reply | undefined> {
  const name = [...request.home, PAGE];
  const facts = await found(request.tree, name).catch(() => undefined);
  if (facts?.kind !== 'file') return undefined;
  const file = await request.tree.open(name, request.signal);
  // Nothing of it may be kept or asked for in parts.
  const headers = { 'Content-Type': mediaType(PAGE), 'Cache-Control': 'no-store', ...rules.headers };
  const body = new FileContent(file, [{ start: 0, end: file.facts.size }]);
  return { status: 404, content: true, headers, body };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
