/** `machine HOST login USER password WORD` from $NETRC or ~/.netrc, which must be of mode 0600. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CsError } from '../kit/errors.ts';
import { Secret } from '../kit/secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface NetrcEntry {
  readonly machine: string;
  readonly login: string;
  readonly password: string;
}

/** Macros end at an empty line and are skipped; `default` matches every host. */
export function parseNetrc(text: string): readonly NetrcEntry[] {
  const words = text.replace(/(^|\n)macdef[^\n]*\n(?:[^\n]+\n)*/g, '$1').match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const entries: { machine: string; login: string; password: string }[] = [];
  const value = (word = ''): string => (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word);
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    const entry = entries.at(-1);
    if (word === 'default') entries.push({ machine: '*', login: '', password: '' });
    else if (word === 'machine') entries.push({ machine: value(words[++at]), login: '', password: '' });
    else if (word === 'login' && entry) entry.login = value(words[++at]);
    else if (word === 'password' && entry) entry.password = value(words[++at]);
    else if (word === 'account') at += 1;
  }
  return entries;
}

export function netrcPassword(host: string, user: string | undefined, env: Environment): Secret | undefined {
  const entry = entryFor(host, user, env);
  return entry?.password ? new Secret(entry.password) : undefined;
}

/** Who logs in at `host` where nobody else is named. */
export function netrcLogin(host: string, env: Environment): string | undefined {
  return entryFor(host, undefined, env)?.login || undefined;
}

function entryFor(host: string, user: string | undefined, env: Environment): NetrcEntry | undefined {
  const file = env.NETRC || (env.HOME ? join(env.HOME, '.netrc') : undefined);
  if (file === undefined) return undefined;
  let text: string;
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      if (env.NETRC) throw new CsError('CS_UNSAFE', `${file} can be read by others`, { hint: `chmod 600 ${file}` });
      return undefined;
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof CsError) throw error;
    return undefined;
  }
  return parseNetrc(text).find(
    ({ machine, login }) =>
      (machine === host || machine === '*') && (user === undefined || login === '' || login === user),
  );
}
