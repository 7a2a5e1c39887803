import { readFileSync } from 'node:fs';
import { CsError } from '../../kit/errors.ts';

/** Drop root for good once the ports are bound (trust.md section 2). */
export function runAs(user: string): void {
  const { setgroups, setgid, setuid } = process;
  if (!setgroups || !setgid || !setuid) {
    throw new CsError('CS_USAGE', '--run-as is not known on this system');
  }
  try {
    const id = /^\d+$/.test(user) ? Number(user) : user;
    setgroups.call(process, [groupOf(user)]);
    setgid.call(process, groupOf(user));
    setuid.call(process, id);
  } catch (error) {
    throw new CsError('CS_UNSAFE', `cannot become ${user}: ${(error as Error).message}`, {
      hint: 'start as root, and name a user that exists',
      cause: error,
    });
  }
}

function groupOf(user: string): number {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((row) => row.split(':'))
    .find(([name, , uid]) => name === user || uid === user);
  if (line === undefined) throw new Error('no such user');
  return Number(line[3]);
}
