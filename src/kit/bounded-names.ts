/** Names as one check of one message may ask for them: a stranger wrote the questions. */
import { CsError } from './errors.ts';
import type { MailNames } from './mail-names.ts';

/** SPF alone may ask for 10 domains of 10 servers each (RFC 7208 section 4.6.4). */
const MOST = 200;

/** Each question once, so many in all, and none after the signal has aborted: then nobody answers (`CS_NAME_NOT_RESOLVED`). */
export function boundedNames(names: MailNames, signal: AbortSignal, most = MOST): MailNames {
  const asked = new Map<string, Promise<unknown>>();
  const over = new Promise<never>((_, reject) => {
    const tooLate = (): void => reject(new CsError('CS_NAME_NOT_RESOLVED', 'the time for questions is over'));
    if (signal.aborted) tooLate();
    else signal.addEventListener('abort', tooLate, { once: true });
  });
  over.catch(() => {});
  const once = <T>(kind: string, name: string, ask: (name: string) => Promise<T>): Promise<T> => {
    const key = `${kind} ${name.toLowerCase()}`;
    const known = asked.get(key) as Promise<T> | undefined;
    if (known) return known;
    if (asked.size >= most) return Promise.reject(new CsError('CS_NAME_NOT_RESOLVED', `more than ${most} questions`));
    const answer = Promise.race([ask(name), over]);
    answer.catch(() => {});
    asked.set(key, answer);
    return answer;
  };
  return {
    txt: (name) => once('txt', name, names.txt),
    mx: (domain) => once('mx', domain, names.mx),
    addresses: (host) => once('addresses', host, names.addresses),
  };
}
