/** What others may have uploaded never becomes a page of this server: it would speak for whoever looks at it. */
import type { FilePath } from '../../../kit/file-path.ts';
import { attachment } from '../../shared/http/content-disposition.ts';

/** Types in which a browser runs something: HTML, SVG, any other XML (it may name a style sheet that is a program). */
const ACTIVE = /^[^;]*(?:html|xml|xsl|svg)/i;
/** No script, no form, no origin; and for those who open it all the same, nothing loaded. */
const POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** Further headers of a file of this name and type. */
export function distrusted(name: FilePath, type: string): Readonly<Record<string, string>> {
  if (!ACTIVE.test(type)) return {};
  return { 'Content-Security-Policy': POLICY, 'Content-Disposition': attachment(name.at(-1) ?? 'file') };
}
