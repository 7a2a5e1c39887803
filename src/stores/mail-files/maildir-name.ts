/** File names of Maildir: `UNIQUE,U=UID:2,FLAGS`. */

const LETTERS: Readonly<Record<string, string>> = {
  D: '\\Draft',
  F: '\\Flagged',
  P: '$Forwarded',
  R: '\\Answered',
  S: '\\Seen',
  T: '\\Deleted',
};
const BY_FLAG = new Map(Object.entries(LETTERS).map(([letter, flag]) => [flag.toLowerCase(), letter]));

export interface MaildirName {
  /** What stays when flags change. */
  readonly unique: string;
  readonly uid: number | undefined;
  readonly flags: readonly string[];
  /** Letters with no meaning here (Dovecot's keywords, `a` to `z`): kept when flags change. */
  readonly others: string;
}

export function parseMaildirName(name: string): MaildirName {
  const at = name.search(/[:;!]2,/);
  const unique = at === -1 ? name : name.slice(0, at);
  const letters = at === -1 ? '' : name.slice(at + 3);
  const uid = /,U=(\d{1,10})(?:,|$)/.exec(unique)?.[1];
  return {
    unique,
    uid: uid === undefined ? undefined : Number(uid),
    flags: [...letters].flatMap((letter) => LETTERS[letter] ?? []),
    others: [...letters].filter((letter) => LETTERS[letter] === undefined).join(''),
  };
}

/** The letters stand in ASCII order; a flag without one is left out. */
export function maildirName(unique: string, flags: readonly string[], others = ''): string {
  const letters = flags.flatMap((flag) => BY_FLAG.get(flag.toLowerCase()) ?? []);
  return `${unique}:2,${[...new Set([...letters, ...others])].sort().join('')}`;
}

/** Can a file name say it? */
export function hasLetter(flag: string): boolean {
  return BY_FLAG.has(flag.toLowerCase());
}

/** The uid a file name of another layout has: what a mailbox is counted by in `.uidvalidity`. */
export interface Counter {
  readonly uidValidity: number;
  /** The highest uid that was given. */
  readonly last: number;
}

/** Two numbers, a line each, as mbsync has them. */
export function parseCounter(text: string): Counter | undefined {
  const [, validity, last] = /^(\d{1,10})\n(\d{1,10})\n?$/.exec(text) ?? [];
  return validity === undefined || last === undefined
    ? undefined
    : { uidValidity: Number(validity), last: Number(last) };
}
