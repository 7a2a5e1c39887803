/** The page and its two files, and the frame in which a message's HTML is shown. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { collect } from '../shared/http/body.ts';
import { HttpRefusal } from '../shared/http/refusal.ts';
import type { Reply } from '../shared/http/reply.ts';
import type { HttpRequest, Route } from '../shared/http/route.ts';
import { pageFiles } from './page-files.ts';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // For the cleaner, which parses styles that are never applied here.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HEADERS = {
  'Content-Security-Policy': PAGE_POLICY,
  // Under no-referrer the frame's form would come from nobody.
  'Referrer-Policy': 'same-origin',
};

interface Served {
  readonly type: string;
  readonly plain: Uint8Array;
  readonly zipped: Uint8Array;
  readonly etag: string;
}

function served(type: string, plain: Uint8Array): Served {
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return { type, plain, zipped: gzipSync(plain, { level: 9 }), etag };
}

/** Made at the first look. */
let files: Promise<Readonly<Record<'html' | 'js' | 'css', Served>>> | undefined;

function page() {
  files ??= pageFiles().then(({ js, css, html }) => ({
    html: served('text/html; charset=utf-8', html),
    js: served('text/javascript; charset=utf-8', js),
    css: served('text/css; charset=utf-8', css),
  }));
  return files;
}

export function pageRoutes(): readonly Route[] {
  const file = (path: string, name: 'html' | 'js' | 'css'): Route => ({
    method: 'GET',
    path,
    safe: true,
    handle: async (request) => answer(request, (await page())[name]),
  });
  return [
    {
      method: 'GET',
      path: '/',
      safe: true,
      handle: async (request) => withToken(request, (await page()).html) ?? answer(request, (await page()).html),
    },
    file('/inbox.js', 'js'),
    file('/inbox.css', 'css'),
    // Changes nothing: what the page has cleaned comes back in a frame that can do nothing either.
    { method: 'POST', path: '/frame', safe: false, handle: frame },
  ];
}

/** A page that was opened by a token asks for its own files by it too. The gate has looked at it. */
function withToken(request: HttpRequest, { type, plain }: Served): Reply | undefined {
  const token = request.query.get('token');
  if (token === null) return undefined;
  const body = Buffer.from(plain)
    .toString('utf8')
    .replace(/"(inbox\.(?:css|js))"/g, `"$1?token=${encodeURIComponent(token)}"`);
  return { status: 200, headers: { 'Content-Type': type, ...PAGE_HEADERS, 'Cache-Control': 'no-store' }, body };
}

function answer(request: HttpRequest, { type, plain, zipped, etag }: Served): Reply {
  const headers = {
    'Content-Type': type,
    ...PAGE_HEADERS,
    'Cache-Control': 'no-cache',
    Vary: 'Accept-Encoding',
    ETag: etag,
  };
  if (request.header('if-none-match')?.includes(etag)) return { status: 304, headers };
  const zip = /\bgzip\b/i.test(request.header('accept-encoding') ?? '');
  return zip
    ? { status: 200, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: zipped }
    : { status: 200, headers, body: plain };
}

/** HTML of a message, cid: images inside it as data:. */
const FRAME_OCTETS = 40 * 1024 * 1024;

/** Without a script, an origin or a request; with `remote` only images, styles and fonts come from where the message says. */
function framePolicy(remote: boolean): string {
  const from = remote ? ' https: http:' : '';
  return [
    "default-src 'none'",
    `img-src data:${from}`,
    `style-src 'unsafe-inline'${from}`,
    `font-src data:${from}`,
    `media-src data:${from}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    'sandbox allow-popups allow-popups-to-escape-sandbox',
  ].join('; ');
}

async function frame(request: HttpRequest): Promise<Reply> {
  // No program has use for it, so that only the page itself may ask.
  if (request.header('origin') === undefined) throw new HttpRefusal(403, 'only the page itself asks for a frame');
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'multipart/form-data' && type !== 'text/plain')
    throw new HttpRefusal(415, 'a form of the page is needed');
  const text = Buffer.from(await collect(request.body(FRAME_OCTETS))).toString('utf8');
  const [, remote, html] = /^remote=(0|1)\r\nhtml=([\s\S]*)\r\n$/.exec(text) ?? [];
  if (remote === undefined || html === undefined) throw new HttpRefusal(400, 'not a form of the page');
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': framePolicy(remote === '1') },
    body: html,
  };
}
