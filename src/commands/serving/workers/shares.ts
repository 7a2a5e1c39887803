/** What several workers may do together, and what cannot be done by several. */
import type { Services } from '../../../contracts/services.ts';
import { CsError } from '../../../kit/errors.ts';
import type { GlobalValues } from '../../globals.ts';
import type { Service } from '../services.ts';

/** Limits that one process counts: each worker holds its share, so that all of them together hold the whole. */
const SHARED = ['connections', 'connectionsPerAddress', 'connectionsPerUser', 'connectionRate'] as const;

/** What a worker can be handed. */
const NEEDS: ReadonlySet<keyof Services> = new Set(['files', 'accounts', 'journal']);

export function share(options: GlobalValues, workers: number): GlobalValues {
  const own = SHARED.map((key) => [key, Math.ceil(options[key] / workers)]);
  return { ...options, ...Object.fromEntries(own) };
}

/** Throws `CS_USAGE` for what only one process can do. */
export function checkShareable(
  options: GlobalValues,
  services: readonly Service[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  const alone = services.find(({ protocol }) => !protocol.workers || !protocol.needs.every((need) => NEEDS.has(need)));
  if (alone) {
    throw new CsError('CS_USAGE', `${alone.id} is served by one process: --workers is for web servers`, {
      hint: `start it beside: cs serve ${alone.id}`,
    });
  }
  const counted = (['fileQuota', 'fileCount'] as const).find((key) => options[key] !== undefined);
  if (counted) {
    throw new CsError('CS_USAGE', 'a quota of files is counted in one process, so it cannot be held by several', {
      hint: 'leave out --workers, or --file-quota and --file-count',
    });
  }
  if (options.socket.length > 0 || env.LISTEN_FDS !== undefined) {
    throw new CsError('CS_USAGE', 'several processes listen on addresses and ports only', {
      hint: 'leave out --workers, or --socket and socket activation',
    });
  }
}
