import { defaults } from '../../../src/kit/option.ts';
import { options } from '../../../src/protocols/imap/options.ts';
import { noteOctets, playFolder } from '../../transcripts/play.ts';
import { Stage, type StageOptions } from './stage.ts';

playFolder('imap', async (notes) => {
  const text = (about: string) => notes.find((note) => note.about === about)?.text;
  const chosen: Record<string, unknown> = { ...defaults(options) };
  for (const note of notes) {
    const key = /^option (\w+)$/.exec(note.about)?.[1];
    if (key !== undefined) chosen[key] = options[key as keyof typeof options].parse(note.text);
  }
  const stage = await Stage.open({
    options: chosen as StageOptions['options'],
    tls: text('tls') as StageOptions['tls'],
    peer: text('peer'),
    fail: text('fail')?.split(' '),
  });
  for (const note of notes) {
    const owner = /^mail (\S+)$/.exec(note.about)?.[1];
    if (owner !== undefined) await stage.deliver(owner, noteOctets(note.text));
  }
  return stage.connect();
});
