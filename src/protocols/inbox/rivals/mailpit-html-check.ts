/** Our offline table of what mail programs make of HTML, as Mailpit tells of its own. */
import type { Json } from '../../../contracts/journal.ts';
import { CLIENTS, type Support } from '../checks/features.ts';
import { usedFeatures } from '../checks/html.ts';

const PROGRAMS: Readonly<Record<(typeof CLIENTS)[number], { readonly Family: string; readonly Platform: string }>> = {
  gmail: { Family: 'Gmail', Platform: 'desktop-webmail' },
  outlook_windows: { Family: 'Outlook', Platform: 'windows' },
  yahoo: { Family: 'Yahoo! Mail', Platform: 'desktop-webmail' },
  apple_mail: { Family: 'Apple Mail', Platform: 'macos' },
};
const WORDS: Readonly<Record<Support, string>> = { yes: 'yes', partly: 'partial', no: 'no' };

export function htmlCheckJson(html: string): Json {
  const { tags, used } = usedFeatures(html);
  const found = used.reduce((sum, feature) => sum + feature.found, 0);
  // Each feature by how often it is used; where there is none, all is well.
  const total = (what: Support): number =>
    used.reduce((sum, feature) => sum + feature.found * share(feature.support, what), 0) / Math.max(found, 1);
  return {
    Total: {
      Tests: used.length * CLIENTS.length,
      Nodes: tags.filter(({ name }) => !name.startsWith('/')).length,
      Supported: found === 0 ? 100 : total('yes'),
      Partial: total('partly'),
      Unsupported: total('no'),
    },
    Platforms: platforms(),
    Warnings: used.filter(({ support }) => support.some((one) => one !== 'yes')).map(warning),
  };
}

type Used = ReturnType<typeof usedFeatures>['used'][number];

function warning({ name, where, advice, support, found }: Used): Json {
  return {
    Slug: `${where}-${name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')}`,
    Title: name,
    Description: advice,
    Category: where,
    Tags: [],
    Keywords: name,
    URL: '',
    Score: {
      Found: found,
      Supported: share(support, 'yes'),
      Partial: share(support, 'partly'),
      Unsupported: share(support, 'no'),
    },
    Results: CLIENTS.map((client, at) => {
      const { Family, Platform } = PROGRAMS[client];
      const Name = `${Family} (${Platform})`;
      return { Name, Family, Platform, Version: '', Support: WORDS[support[at]!], NoteNumber: '' };
    }),
    NotesByNumber: {},
  };
}

/** Per cent of the programs. */
function share(support: readonly Support[], what: Support): number {
  return (100 * support.filter((one) => one === what).length) / support.length;
}

function platforms(): Json {
  const families: { [platform: string]: string[] } = {};
  for (const { Family, Platform } of Object.values(PROGRAMS))
    families[Platform] = [...(families[Platform] ?? []), Family];
  return families;
}
