/** The JSON Schema of `cs.yaml`, read off the option tables. */
import type { Json } from '../contracts/journal.ts';
import type { Option, Options } from '../kit/option.ts';
import type { Shape } from './file.ts';

type Schema = { readonly [key: string]: Json };

const PATTERNS: Readonly<Record<string, string>> = {
  size: '^\\d+(\\.\\d+)?[kmgtKMGT]?(i?[bB])?$',
  duration: '^(0|\\d+(\\.\\d+)?(ms|[smhd]))$',
};

function valueSchema(option: Option<unknown>): Schema {
  if (option.kind === 'flag') return { type: 'boolean' };
  if (option.kind === 'number') return { type: 'integer', minimum: 0 };
  if (option.choices) return { enum: [...option.choices] };
  const pattern = PATTERNS[option.kind];
  if (option.kind === 'size') return { type: ['string', 'integer'], pattern: pattern ?? '' };
  return pattern === undefined ? { type: ['string', 'integer', 'boolean'] } : { type: 'string', pattern };
}

export function optionsSchema(options: Options): Schema {
  const properties: Record<string, Json> = {};
  for (const [key, option] of Object.entries(options)) {
    const one = valueSchema(option);
    const described = {
      description: option.help,
      ...(option.default === undefined ? {} : { default: option.default }),
    };
    properties[key] = option.many
      ? { anyOf: [one, { type: 'array', items: one }], ...described }
      : { ...one, ...described };
  }
  return { type: 'object', additionalProperties: false, properties };
}

export function configSchema(shape: Shape, services: readonly string[]): Schema {
  const base = optionsSchema(shape.top) as { properties: Record<string, Json> };
  const sections = Object.fromEntries(Object.entries(shape.sections).map(([name, o]) => [name, optionsSchema(o)]));
  const all = {
    services: { description: 'what cs serve starts', type: 'array', items: { enum: [...services] } },
    ...base.properties,
    ...sections,
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'cs.yaml',
    type: 'object',
    additionalProperties: false,
    properties: { ...all, profiles: { type: 'object', additionalProperties: { type: 'object', properties: all } } },
  };
}
