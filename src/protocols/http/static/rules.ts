/** The options of static files, read once. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { CsError } from '../../../kit/errors.ts';
import type { Values } from '../../../kit/option.ts';
import type { options } from '../options.ts';
import { cacheRule } from './cache-rule.ts';
import type { StaticRules } from './static.ts';

/** Throws `CS_USAGE`. */
export function staticRules(
  { cache, header, cleanUrls, spa, listing }: Values<typeof options>,
  origins: readonly string[],
): StaticRules {
  return {
    cache: cacheRule(cache),
    headers: customHeaders(header),
    // Whoever may be told more by its Origin: caches must not give one's answer to another.
    vary: origins.length > 0 ? 'Accept-Encoding, Origin' : 'Accept-Encoding',
    cleanUrls: cleanUrls === 'on',
    spa,
    listing: listing !== 'off',
  };
}

/** What says how the content is framed is not for anybody to choose. */
const OURS = /^(?:content-length|transfer-encoding|connection|keep-alive|date|content-range|trailer|upgrade|te)$/i;

function customHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    const [name, value] = [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new CsError('CS_USAGE', `--header is NAME:VALUE: ${JSON.stringify(line)}`);
    }
    if (at === -1 || OURS.test(name)) throw new CsError('CS_USAGE', `--header ${name} cannot be chosen`);
    headers[capitalised(name)] = value;
  }
  return headers;
}

/** One way to write each name, so that a chosen one takes the place of ours. */
function capitalised(name: string): string {
  return name.toLowerCase() === 'etag' ? 'ETag' : name.toLowerCase().replace(/(?:^|-)[a-z]/g, (at) => at.toUpperCase());
}
