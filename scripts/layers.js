// The floors of the house (docs/decisions/0001): which room may import which. Fails on a broken rule and on nothing checked.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));

// What may be imported from a file of each room, by prefix; `own` is the room's own folder.
const RULES = [
  ['main.ts', ['']],
  ['index.ts', ['']],
  [
    'commands/',
    [
      'own',
      'contracts/',
      'kit/',
      'registry.ts',
      'config/',
      'ui/',
      'net/',
      'auth/',
      'waiting/',
      'relay/',
      'stores/wrap/',
    ],
  ],
  ['config/', ['own', 'contracts/', 'kit/']],
  ['ui/', ['own', 'contracts/', 'kit/']],
  ['registry.ts', ['contracts/', 'kit/', /^protocols\/[^/]+\/protocol\.ts$/, /^stores\/[^/]+\/(?:store|tree)\.ts$/]],
  [/^protocols\/shared\//, ['protocols/shared/', 'contracts/', 'kit/']],
  [/^(protocols\/[^/]+\/)/, ['own', 'protocols/shared/', 'waiting/', 'contracts/', 'kit/']],
  [/^(stores\/(?:shared|wrap)\/)/, ['own', 'stores/shared/', 'contracts/', 'kit/']],
  [/^(stores\/[^/]+\/)/, ['own', 'stores/shared/', 'contracts/', 'kit/']],
  ['net/', ['own', 'contracts/', 'kit/']],
  ['waiting/', ['own', 'contracts/', 'kit/']],
  ['relay/', ['own', 'contracts/', 'kit/']],
  ['auth/', ['own', 'contracts/', 'kit/']],
  ['contracts/', ['own', 'kit/']],
  ['kit/', ['own']],
];
const PURE = new Set(['node:util', 'node:crypto', 'node:buffer', 'node:path', 'node:string_decoder', 'node:net']);
const UI_ONLY = new Set(['chalk', 'ora']);

const problems = [];
let checked = 0;
for (const name of readdirSync(src, { recursive: true })) {
  if (!name.endsWith('.ts')) continue;
  const rule = RULES.find(([room]) => (typeof room === 'string' ? name.startsWith(room) : room.test(name)));
  if (!rule) {
    problems.push(`${name}: stands in no room of the house (see docs/decisions/0001)`);
    continue;
  }
  const own = typeof rule[0] === 'string' ? rule[0] : (rule[0].exec(name)?.[1] ?? dirname(name));
  const text = readFileSync(join(src, name), 'utf8');
  for (const [, , typeOnly, spec] of text.matchAll(
    /(^|\n)\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g,
  )) {
    if (spec === undefined) continue;
    check(name, own, rule[1], spec, typeOnly !== undefined);
  }
  for (const [, spec] of text.matchAll(/import\('([^']+)'\)/g)) check(name, own, rule[1], spec, false);
}

function check(name, own, allowed, spec, typeOnly) {
  checked += 1;
  if (!spec.startsWith('.')) {
    if (name.startsWith('kit/') && !PURE.has(spec))
      problems.push(`${name}: kit/ imports only Node's pure modules, not ${spec}`);
    if (UI_ONLY.has(spec) && !name.startsWith('ui/'))
      problems.push(`${name}: only ui/ imports ${spec}; return facts instead`);
    return;
  }
  const target = relative(src, join(src, dirname(name), spec));
  if (target.startsWith('contracts/') && typeOnly) return;
  const fine = allowed.some((room) =>
    room === 'own' ? target.startsWith(own) : typeof room === 'string' ? target.startsWith(room) : room.test(target),
  );
  if (!fine) problems.push(`${name}: may not import ${target}; its floor sees ${allowed.map(String).join(', ')}`);
}

if (checked === 0) problems.push('no import was checked');
for (const problem of problems) console.error(`layer rule: ${problem}`);
console.log(`layer rule: ${checked} imports checked, ${problems.length} broken`);
process.exitCode = problems.length > 0 ? 1 : 0;
