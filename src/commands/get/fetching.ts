import { type ExchangeResponse, type FieldLines, field } from '../../contracts/exchange.ts';
import type { CommandContext } from '../command.ts';
import type { Pace } from '../transfers/pace.ts';
import type { Checksum } from './checksum.ts';
import type { getOptions } from './command.ts';

/** One GET and how it is received. */
export interface Fetching {
  readonly ctx: CommandContext<typeof getOptions>;
  readonly checksum: Checksum | undefined;
  readonly pace: Pace | undefined;
  /** Headers beside those that were written make it conditional, or a part. */
  ask(more?: FieldLines): Promise<ExchangeResponse>;
  /** Octets came. */
  moved(octets: number): void;
}

/** The content, paced, watched, and shown on its way. @param before octets that are there already */
export async function* received(
  { ctx, pace, moved }: Fetching,
  response: ExchangeResponse,
  before = 0,
): AsyncGenerator<Uint8Array> {
  const length = field(response.headers, 'content-length');
  const total = length === undefined ? undefined : before + Number(length);
  const progress = ctx.ui.progress('fetching');
  let done = before;
  try {
    for await (const chunk of response.body) {
      await pace?.take(chunk.length);
      yield chunk;
      done += chunk.length;
      moved(chunk.length);
      progress.update(done, total);
    }
  } finally {
    progress.end();
  }
}
