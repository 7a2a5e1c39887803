/** Transcripts of a mail server, on a stage of their own each: what stands in their notes is how it begins. */
import type { Duplex } from 'node:stream';
import { defaults } from '../../src/kit/option.ts';
import { noteOctets, playFolder } from '../transcripts/play.ts';
import type { StageOptions } from './mail-stage.ts';

type Schema = Parameters<typeof defaults>[0];

interface Played {
  deliver(owner: string, content: Uint8Array): Promise<unknown>;
  connect(): Promise<Duplex>;
}

/** @param open a stage with these options: `option NAME`, `tls`, `peer` and `fail` of the notes; `mail OWNER` is delivered */
export function playMail<S extends Schema>(
  folder: string,
  options: S,
  open: (how: StageOptions<S>) => Promise<Played>,
): void {
  playFolder(folder, async (notes) => {
    const text = (about: string) => notes.find((note) => note.about === about)?.text;
    const chosen: Record<string, unknown> = { ...defaults(options) };
    for (const note of notes) {
      const key = /^option (\w+)$/.exec(note.about)?.[1];
      if (key !== undefined) chosen[key] = options[key]!.parse(note.text);
    }
    const stage = await open({
      options: chosen as StageOptions<S>['options'],
      tls: text('tls') as StageOptions<S>['tls'],
      peer: text('peer'),
      fail: text('fail')?.split(' '),
    });
    for (const note of notes) {
      const owner = /^mail (\S+)$/.exec(note.about)?.[1];
      if (owner !== undefined) await stage.deliver(owner, noteOctets(note.text));
    }
    return stage.connect();
  });
}
