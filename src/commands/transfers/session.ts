/** All that one transfer command works with, opened from its flags and closed in order. */
import type { Values } from '../../kit/option.ts';
import type { CommandContext } from '../command.ts';
import { Places } from '../places/open-places.ts';
import { createPatience, type Patience } from '../places/patience.ts';
import { Crew } from './crew.ts';
import { Ledger } from './ledger.ts';
import type { transferOptions } from './options.ts';
import { createPace } from './pace.ts';
import type { Rules } from './rules.ts';

export interface Session extends AsyncDisposable {
  readonly places: Places;
  readonly patience: Patience;
  readonly rules: Rules;
  readonly crew: Crew;
  readonly ledger: Ledger;
}

export type TransferContext = CommandContext<typeof transferOptions>;

export function openSession(ctx: TransferContext, label: string): Session {
  const { options, ui } = ctx;
  const patience = createPatience(ctx.signal, options.timeout);
  const streams = options.pick === undefined && (ui.json || options.format !== undefined);
  const ledger = new Ledger(ui, label, streams);
  const crew = new Crew(options.transfers);
  const places = new Places(ctx as unknown as CommandContext, patience, Math.max(options.transfers, options.segments));
  const moved = (octets: number): void => {
    patience.moved();
    ledger.moved(octets);
  };
  return {
    places,
    patience,
    ledger,
    crew,
    rules: { ...rulesOf(options), ...paceOf(options, patience), signal: patience.signal, moved, spare: patience.spare },
    async [Symbol.asyncDispose]() {
      ledger.stop();
      // Who was stopped clears away, and needs the places for it.
      if (crew.busy) patience.stop();
      await crew.end().catch(() => {});
      await places[Symbol.asyncDispose]();
      patience[Symbol.dispose]();
    },
  };
}

function rulesOf(options: Values<typeof transferOptions> & { readonly retry: number }) {
  const overwrite = options.noClobber ? 'never' : options.update ? 'older' : 'always';
  return {
    overwrite,
    preserve: options.preserve,
    verify: options.verify,
    resume: options.continue,
    segments: options.segments,
    retries: options.retry,
  } as const;
}

function paceOf({ limitRate }: Values<typeof transferOptions>, { signal }: Patience): Pick<Rules, 'pace'> {
  return { pace: limitRate === undefined ? undefined : createPace(limitRate, signal) };
}
