/** Can a reader leave the list, and by one click? List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058), read offline. */
import type { HeaderLine } from '../model/header-lines.ts';
import { problemsOf } from './links.ts';

export interface UnsubscribeCheck {
  readonly links: readonly string[];
  /** Mail programs may offer it as one button (RFC 8058). */
  readonly oneClick: boolean;
  /** Sentences; none: nothing is wrong as far as can be seen from here. */
  readonly problems: readonly string[];
}

const MOST = 50;
const ONE_CLICK = 'List-Unsubscribe=One-Click';
const COVERED = ['list-unsubscribe', 'list-unsubscribe-post'];

/** Undefined: no word of it in the header. */
export function checkUnsubscribe(headers: readonly HeaderLine[]): UnsubscribeCheck | undefined {
  const named = (wanted: string): string[] =>
    headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  const [lists, posts] = [named('list-unsubscribe'), named('list-unsubscribe-post')];
  if (lists.length === 0 && posts.length === 0) return undefined;
  const links = [...(lists[0] ?? '').matchAll(/<([^<>]{0,2000})>/g)].slice(0, MOST).map(([, link]) => bare(link!));
  const problems = [...fieldProblems(lists, links), ...links.flatMap(linkProblems)];
  const wrong = posts.length === 0 ? [] : clickProblems(links, posts, named('dkim-signature'));
  if (posts.length === 0 && links.length > 0) {
    problems.push('no List-Unsubscribe-Post: Gmail and Yahoo ask senders of bulk mail for one click (RFC 8058)');
  }
  const oneClick = posts.length > 0 && wrong.length === 0;
  return { links, oneClick, problems: [...problems, ...wrong] };
}

/** White space in folded addresses is no part of them (RFC 2369 section 2). */
function bare(link: string): string {
  return link.replace(/\s+/g, '');
}

function fieldProblems(lists: readonly string[], links: readonly string[]): string[] {
  if (lists.length === 0) return ['List-Unsubscribe-Post says how, and no List-Unsubscribe says where'];
  const problems = lists.length > 1 ? [`List-Unsubscribe stands ${lists.length} times: programs look at one`] : [];
  if (links.length === 0) problems.push('List-Unsubscribe has no address in angle brackets (RFC 2369 section 2)');
  return problems;
}

function linkProblems(link: string): string[] {
  return problemsOf(link, 'link').map((problem) => `${link || '<>'} ${problem}`);
}

/** RFC 8058 sections 3.1 and 4. */
function clickProblems(links: readonly string[], posts: readonly string[], signatures: readonly string[]): string[] {
  const problems: string[] = [];
  if (posts.length > 1 || posts[0]?.trim() !== ONE_CLICK) problems.push(`List-Unsubscribe-Post is not ${ONE_CLICK}`);
  if (!links.some((link) => /^https:/i.test(link))) problems.push('one click needs an https address');
  if (!signatures.some(coversBoth)) {
    problems.push('no DKIM signature covers both fields: programs ignore the one click (RFC 8058 section 4)');
  }
  return problems;
}

function coversBoth(signature: string): boolean {
  const [, names = ''] = /(?:^|;)\s*h\s*=([^;]*)/.exec(signature) ?? [];
  const covered = new Set(names.split(':').map((name) => name.trim().toLowerCase()));
  return COVERED.every((name) => covered.has(name));
}
