/** What mail programs make of HTML and CSS. `no`: it is left out or ignored; `partly`: some of it, or in some versions. */
export type Support = 'yes' | 'partly' | 'no';
/** Outlook for Windows is drawn by Word, Gmail rewrites styles, Yahoo in between; Apple Mail is a browser. */
export const CLIENTS = ['gmail', 'outlook_windows', 'yahoo', 'apple_mail'] as const;

export interface Feature {
  readonly name: string;
  /** In the HTML as it stands, or in its styles. */
  readonly where: 'html' | 'css';
  readonly pattern: RegExp;
  /** In the order of `CLIENTS`. */
  readonly support: readonly [Support, Support, Support, Support];
  readonly advice: string;
}

const f = (where: Feature['where'], name: string, pattern: RegExp, support: string, advice: string): Feature => ({
  name,
  where,
  pattern,
  support: [...support].map((letter) => ({ y: 'yes', p: 'partly', n: 'no' })[letter]) as unknown as Feature['support'],
  advice,
});

export const FEATURES: readonly Feature[] = [
  f(
    'html',
    '<style>',
    /<style\b/i,
    'pyyy',
    'repeat what matters in style attributes: Gmail drops a sheet above 16 KB or with an error',
  ),
  f('html', '<link rel=stylesheet>', /<link\b[^>]{0,300}stylesheet/i, 'nnny', 'put the styles into the message'),
  f('html', '<script>', /<script\b/i, 'nnnn', 'no mail program runs it; filters take it for an attack'),
  f('html', '<form>', /<form\b/i, 'pnpy', 'link to a page with the form'),
  f('html', '<video>', /<video\b/i, 'nnny', 'show an image that links to the film'),
  f('html', '<audio>', /<audio\b/i, 'nnny', 'link to it'),
  f('html', '<iframe>', /<iframe\b/i, 'nnnn', 'link to the page'),
  f('html', '<svg>', /<svg\b/i, 'nnny', 'use PNG'),
  f('html', 'SVG images', /<img\b[^>]{0,500}\.svg\b/i, 'nnny', 'use PNG'),
  f('html', 'WebP images', /<img\b[^>]{0,500}\.webp\b/i, 'ynyy', 'use PNG or JPEG for Outlook'),
  f('html', 'images as data: URLs', /<img\b[^>]{0,300}\bsrc\s*=\s*["']?data:/i, 'nnpy', 'attach them and use cid:'),
  f('html', '<picture>', /<picture\b/i, 'pnpy', 'the <img> inside it must do by itself'),
  f('html', 'srcset', /<img\b[^>]{0,500}\bsrcset\s*=/i, 'pnpy', 'src must do by itself'),
  f('html', '<button>', /<button\b/i, 'ppyy', 'a link drawn as a button works everywhere'),
  f('html', 'role and aria-*', /\saria-[a-z]+\s*=/i, 'yyyy', ''),
  f(
    'css',
    'display: flex',
    /display\s*:\s*(?:inline-)?flex/i,
    'pnyy',
    'tables still are the layout that works everywhere',
  ),
  f(
    'css',
    'display: grid',
    /display\s*:\s*(?:inline-)?grid/i,
    'nnpy',
    'tables still are the layout that works everywhere',
  ),
  f('css', 'position', /position\s*:\s*(?:absolute|fixed|sticky|relative)/i, 'nnpy', 'nothing may depend on it'),
  f('css', 'float', /float\s*:\s*(?:left|right)/i, 'ypyy', 'align a table instead'),
  f('css', '@media', /@media\b/i, 'pnyy', 'the message must read well without it'),
  f('css', 'prefers-color-scheme', /prefers-color-scheme/i, 'nnpy', 'choose colours that bear being turned over'),
  f('css', '@font-face', /@font-face/i, 'nnny', 'name fonts that everybody has'),
  f('css', '@import', /@import/i, 'nnny', 'put the styles into the message'),
  f('css', 'custom properties', /var\(\s*--/i, 'nnpy', 'write the values'),
  f(
    'css',
    'background-image',
    /background(?:-image)?\s*:[^;"']{0,200}url\(/i,
    'ypyy',
    'Outlook needs VML, or a colour that does as well',
  ),
  f('css', 'gradients', /(?:linear|radial|conic)-gradient\(/i, 'ynyy', 'give a background-color too'),
  f('css', 'border-radius', /border-radius\s*:/i, 'ynyy', 'corners are square in Outlook'),
  f('css', 'box-shadow', /box-shadow\s*:/i, 'nnyy', 'nothing may depend on it'),
  f('css', 'max-width', /max-width\s*:/i, 'ypyy', 'Outlook takes a width attribute on a table'),
  f('css', 'margin on blocks', /margin(?:-\w+)?\s*:\s*-/i, 'npny', 'no negative margins: use padding'),
  f('css', 'transform', /transform\s*:/i, 'nnpy', 'nothing may depend on it'),
  f('css', 'animation', /@keyframes|animation\s*:/i, 'nnny', 'the first frame must do'),
  f('css', 'opacity', /opacity\s*:/i, 'pnyy', 'mix the colour instead'),
  f('css', 'object-fit', /object-fit\s*:/i, 'nnpy', 'cut the image to its size'),
  f('css', 'calc()', /calc\(/i, 'ynyy', 'write the width'),
  f('css', 'rem', /\d(?:\.\d+)?rem\b/i, 'ypyy', 'use px'),
  f('css', '!important', /!important/i, 'pyyy', 'Gmail drops it in style attributes'),
];
