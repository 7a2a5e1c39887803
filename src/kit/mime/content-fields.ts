/** What a header says about its part (RFC 2045, 2046, 2183, 3282, 2557, 1864), with the defaults where it says nothing. */
import type { Fields } from './fields.ts';
import { type Parameters, valueAndParameters } from './parameters.ts';

export interface ContentFields {
  /** Lower case. */
  readonly type: string;
  readonly params: Parameters;
  readonly encoding: string;
  readonly id?: string;
  readonly description?: string;
  readonly disposition?: readonly [string, Parameters];
  readonly language?: readonly string[];
  readonly location?: string;
  readonly md5?: string;
}

export const CONTENT_FIELDS = [
  'content-type',
  'content-transfer-encoding',
  'content-id',
  'content-description',
  'content-disposition',
  'content-language',
  'content-location',
  'content-md5',
];

const TYPE = /^([!#$%&'*+.^_`{|}~\w-]+)\s*\/\s*([!#$%&'*+.^_`{|}~\w-]+)/;
const TOKEN = /^[!#$%&'*+.^_`{|}~\w-]+/;

/** @param inDigest a part of multipart/digest is a message unless it says otherwise (RFC 2046 section 5.1.5) */
export function contentFields(fields: Fields, inDigest: boolean): ContentFields {
  const one = (name: string): string | undefined => fields.first(name) || undefined;
  const [id, description, location, md5] = [
    one('content-id'),
    one('content-description'),
    one('content-location'),
    one('content-md5'),
  ];
  const disposition = dispositionOf(one('content-disposition'));
  const language = languages(one('content-language'));
  return {
    ...typeOf(one('content-type'), inDigest ? 'message/rfc822' : 'text/plain'),
    encoding: TOKEN.exec(one('content-transfer-encoding')?.replace(/^["\s]+/, '') ?? '')?.[0].toLowerCase() ?? '7bit',
    ...(id && { id }),
    ...(description && { description }),
    ...(disposition && { disposition }),
    ...(language && { language }),
    ...(location && { location }),
    ...(md5 && { md5 }),
  };
}

function typeOf(text: string | undefined, usual: string): { type: string; params: Parameters } {
  if (text === undefined) return { type: usual, params: [] };
  const { value, parameters } = valueAndParameters(text);
  const [, type, subtype] = TYPE.exec(value) ?? [];
  if (type === undefined || subtype === undefined) return { type: usual, params: [] };
  return { type: `${type}/${subtype}`.toLowerCase(), params: parameters };
}

function dispositionOf(text: string | undefined): readonly [string, Parameters] | undefined {
  if (text === undefined) return undefined;
  const { value, parameters } = valueAndParameters(text);
  const kind = TOKEN.exec(value)?.[0].toLowerCase();
  return kind === undefined ? undefined : [kind, parameters];
}

function languages(text: string | undefined): readonly string[] | undefined {
  const tags = (text ?? '').split(',', 50).flatMap((one) => TOKEN.exec(one.trim())?.[0] ?? []);
  return tags.length > 0 ? tags : undefined;
}
