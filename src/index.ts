/** `import { start } from 'cs-toolkit'`: servers inside a program or a test. */
import { readFileSync } from 'node:fs';
import type { Servers, StartOptions } from './commands/embed/fixture.ts';
import { start as startEmbedded } from './commands/embed/start.ts';

export type * from './commands/embed/fixture.ts';

const { version } = JSON.parse(
  readFileSync(
    new URL(import.meta.url.includes('/build/') ? '../../package.json' : '../package.json', import.meta.url),
    'utf8',
  ),
);

/**
 * Starts services (`smtp`, `['mail', 'http']`) on free ports of loopback, in memory unless `data` says otherwise. No
 * `cs.yaml` and no environment is read. `await using servers = await start('smtp')` ends them with the block.
 */
export async function start(services: string | readonly string[], options: StartOptions = {}): Promise<Servers> {
  return startEmbedded(services, options, version);
}
