/** `--cookie-jar FILE`: cookies of one run are there in the next. */
import { readFile } from 'node:fs/promises';
import type { Exchange } from '../../contracts/exchange.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { publish } from '../report/publish.ts';

/** More is no cookie file. */
const LONGEST = 16 * 1024 * 1024;

/** What the file holds, if there is one yet. */
export async function loadCookies({ cookies }: Exchange, file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const cause = asCsError(error);
    if (cause.code === 'CS_NOT_FOUND') return '';
    throw new CsError('CS_LOCAL_IO', `cannot read the cookies: ${cause.message}`, { cause });
  });
  if (text.length > LONGEST) throw new CsError('CS_LIMIT', `${file} is too long for a cookie file`);
  await cookies.load(text);
}

/** They prove who somebody is: nobody else may read them. */
export async function saveCookies({ cookies }: Exchange, file: string): Promise<void> {
  await publish(file, await cookies.save(), 0o600);
}
