/** How HTML fares in mail programs, from a table and without asking anybody. */
import { CLIENTS, FEATURES, type Support } from './features.ts';
import { tagsIn } from './tags.ts';

export interface HtmlCheck {
  /** 0 to 100 for each mail program: how much of what is used it shows. */
  readonly scores: Readonly<Record<string, number>>;
  readonly features: readonly {
    readonly name: string;
    /** Whether HTML or its styles have it, and how often. */
    readonly where: 'html' | 'css';
    readonly found: number;
    readonly support: Readonly<Record<string, Support>>;
    readonly advice: string;
  }[];
  /** Sentences about the message as a whole. */
  readonly notes: readonly string[];
}

/** Beyond it Gmail hides the rest behind a link. */
const CLIPPED = 102 * 1024;
const WORTH: Readonly<Record<Support, number>> = { yes: 1, partly: 0.5, no: 0 };

export function checkHtml(html: string): HtmlCheck {
  const { tags, used } = usedFeatures(html);
  const scores = CLIENTS.map((client, at) => {
    const worth = used.reduce((sum, { support }) => sum + WORTH[support[at]!], 0);
    return [client, used.length === 0 ? 100 : Math.round((100 * worth) / used.length)] as const;
  });
  const hurting = used.filter(({ support }) => support.some((one) => one !== 'yes'));
  return {
    scores: Object.fromEntries(scores),
    features: hurting.map(({ name, where, found, support, advice }) => ({
      name,
      where,
      found,
      advice,
      support: Object.fromEntries(CLIENTS.map((client, at) => [client, support[at]!])),
    })),
    notes: notesOn(html, tags),
  };
}

/** All of the table that is there, what every program shows too. */
export function usedFeatures(html: string) {
  const looked = html.slice(0, 2 * 1024 * 1024);
  const tags = tagsIn(looked);
  const styles = tags.flatMap(({ name, attributes, text }) => [
    name === 'style' ? text : '',
    attributes.get('style') ?? '',
  ]);
  const css = styles.join('\n');
  const used = FEATURES.flatMap((feature) => {
    const { source, flags } = feature.pattern;
    const found = (feature.where === 'css' ? css : looked).match(new RegExp(source, `${flags}g`))?.length ?? 0;
    return found > 0 ? [{ ...feature, found }] : [];
  });
  return { tags, used };
}

function notesOn(html: string, tags: ReturnType<typeof tagsIn>): string[] {
  const notes: string[] = [];
  const octets = Buffer.byteLength(html);
  if (octets > CLIPPED) notes.push(`Gmail clips it: ${Math.round(octets / 1024)} KiB of HTML are more than 102`);
  const images = tags.filter(({ name }) => name === 'img');
  const mute = images.filter(({ attributes }) => !attributes.has('alt')).length;
  if (mute > 0) notes.push(`${mute} of ${images.length} images have no alt text: with images off nothing stands there`);
  const root = tags.find(({ name }) => name === 'html');
  if (!root?.attributes.has('lang')) notes.push('no lang on <html>: screen readers guess the language');
  if (!/^\s*<!doctype html/i.test(html)) notes.push('no <!doctype html>: programs draw it by the rules of 1998');
  if (!/<meta\b[^>]{0,200}\bviewport\b/i.test(html.slice(0, 64 * 1024)))
    notes.push('no viewport: phones may show it tiny');
  return notes;
}
