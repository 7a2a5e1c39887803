/** A message's HTML made harmless: cleaned by DOMPurify, then shown in a frame that has no script, no origin and no network. */
import DOMPurify from 'dompurify';

export interface Cleaned {
  readonly html: string;
  /** What it would have fetched, had it been let. */
  readonly remote: number;
}

export interface CleanOrder {
  readonly html: string;
  /** Its images, styles and fonts may come from where it says. */
  readonly remote: boolean;
  readonly dark: boolean;
  /** Content-ID → `data:` URL of the part. */
  readonly parts: ReadonlyMap<string, string>;
}

const REMOTE = /^\s*(?:https?:|\/\/)/i;
/** Of a link, an address is where one goes; of anything else, what it fetches. */
const FETCHED = ['src', 'background', 'poster', 'data', 'href', 'xlink:href'];
const NOWHERE = 'data:,';

const purify = DOMPurify(window);

export function clean({ html, remote, dark, parts }: CleanOrder): Cleaned {
  let found = 0;
  const address = (written: string): string => {
    if (/^\s*cid:/i.test(written)) return parts.get(contentId(written)) ?? NOWHERE;
    if (/^\s*(?:data:(?:image|font)\/|#)/i.test(written)) return written;
    // What is relative would mean this server.
    if (!REMOTE.test(written)) return NOWHERE;
    found += 1;
    return remote ? written : NOWHERE;
  };
  const css = (text: string): string => styles(text, address, dark);
  purify.removeAllHooks();
  purify.addHook('uponSanitizeElement', (node, { tagName }) => {
    if (tagName === 'style') node.textContent = css(node.textContent ?? '');
  });
  purify.addHook('afterSanitizeAttributes', (element) => {
    const link = /^(?:a|area)$/i.test(element.nodeName);
    for (const name of FETCHED) {
      const value = element.getAttribute(name);
      if (value !== null && !(link && name.endsWith('href'))) element.setAttribute(name, address(value));
    }
    const candidates = element.getAttribute('srcset');
    if (candidates !== null) {
      found += 1;
      if (!remote) element.removeAttribute('srcset');
    }
    const style = element.getAttribute('style');
    if (style !== null) element.setAttribute('style', css(style));
    if (link && element.hasAttribute('href')) {
      element.setAttribute('target', '_blank');
      element.setAttribute('rel', 'noopener noreferrer');
    }
  });
  const body = purify.sanitize(html, {
    WHOLE_DOCUMENT: true,
    ADD_TAGS: ['style', 'center', 'font'],
    ADD_ATTR: ['target', 'background', 'bgcolor'],
    FORBID_TAGS: [
      'form',
      'input',
      'button',
      'select',
      'textarea',
      'base',
      'meta',
      'link',
      'audio',
      'video',
      'source',
      'dialog',
    ],
    FORBID_ATTR: ['ping', 'formaction', 'action', 'autofocus'],
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|tel|cid|data):|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
  });
  return { html: framed(body, dark && !/prefers-color-scheme\s*:\s*dark/i.test(html)), remote: found };
}

function contentId(url: string): string {
  const name = url.trim().slice(4);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Addresses in it go the way of all; imports and what only old browsers ran are left out; the colour scheme is the one chosen here. */
function styles(text: string, address: (url: string) => string, dark: boolean): string {
  return text
    .replace(/\\0{0,4}([3-7][0-9a-f])\s?/gi, (whole, hex) => {
      const letter = String.fromCharCode(Number.parseInt(hex, 16));
      return /[a-z\d]/i.test(letter) ? letter : whole;
    })
    .replace(/@import[^;]*;?/gi, '')
    .replace(/expression\s*\(|-moz-binding|behavior\s*:/gi, 'x-')
    .replace(/url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)/gi, (_whole, double, single, bare) => {
      const url = String(double ?? single ?? bare ?? '').trim();
      return `url("${address(url).replace(/["\\\n\r]/g, '')}")`;
    })
    .replace(
      /(["'])\s*((?:https?:)?\/\/[^"']*)\1/gi,
      (_whole, _quote, url) => `"${address(url).replace(/[\\\n\r]/g, '')}"`,
    )
    .replace(/\(\s*prefers-color-scheme\s*:\s*dark\s*\)/gi, dark ? '(min-width:0)' : '(max-width:0)')
    .replace(/\(\s*prefers-color-scheme\s*:\s*light\s*\)/gi, dark ? '(max-width:0)' : '(min-width:0)');
}

const BASE = `html{color:#1a1c1f;color-scheme:light;font:15px/1.55 system-ui,sans-serif}
body{margin:16px;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}`;
/** A message that knows nothing of darkness is turned over, its pictures turned back. */
const TURNED =
  'html{background:#fff;filter:invert(1) hue-rotate(180deg)}img,video,svg,[background]{filter:invert(1) hue-rotate(180deg)}';

function framed(html: string, turned: boolean): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${BASE}${turned ? TURNED : ''}</style>`;
  return `<!doctype html>${/<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (tag) => tag + head) : head + html}`;
}
