import { type Side, type TranscriptOptions, TranscriptWriter } from '../kit/transcript.ts';
import type { StreamHook } from './delay-line.ts';
import { secretMask } from './transcript-mask.ts';

/** Gets every line of every conversation; `conn` tells them apart. */
export type TranscriptSink = (line: string, conn: string) => void;

export interface TranscriptHookOptions extends Omit<TranscriptOptions, 'emit'> {
  readonly sink: TranscriptSink;
  readonly conn: string;
  readonly role: 'server' | 'client';
}

/** Writes a connection's dialogue down, in clear text, above TLS and faults. */
export function transcriptHook({ sink, conn, role, ...how }: TranscriptHookOptions): StreamHook {
  const writer = new TranscriptWriter({ mask: secretMask(), ...how, emit: (line) => sink(line, conn) });
  const [theirs, ours]: [Side, Side] = role === 'server' ? ['C', 'S'] : ['S', 'C'];
  return {
    inbound: (chunk) => {
      writer.bytes(theirs, chunk);
      return undefined;
    },
    outbound: (chunk) => {
      writer.bytes(ours, chunk);
      return undefined;
    },
    note: (text) => writer.note(text),
    close: () => writer.flush(),
  };
}
