import { after } from 'node:test';
import { defaults } from '../../../src/kit/option.ts';
import { options } from '../../../src/protocols/ftp/options.ts';
import { noteOctets, playFolder } from '../../transcripts/play.ts';
import { dataConnection, Stage, type StageOptions } from './stage.ts';

const stages: Stage[] = [];
after(async () => {
  for (const stage of stages) await stage[Symbol.asyncDispose]();
});

playFolder(
  'ftp',
  async (notes) => {
    const text = (about: string) => notes.find((note) => note.about === about)?.text;
    const chosen: Record<string, unknown> = { ...defaults(options) };
    for (const note of notes) {
      const key = /^option (\w+)$/.exec(note.about)?.[1];
      if (key !== undefined) chosen[key] = options[key as keyof typeof options].parse(note.text);
    }
    const stage = await Stage.open({
      options: chosen as StageOptions['options'],
      tls: text('tls') as StageOptions['tls'],
      fail: text('fail')?.split(' '),
    });
    stages.push(stage);
    for (const note of notes) {
      const path = /^file (.+)$/.exec(note.about)?.[1];
      if (path !== undefined) await stage.put(path, noteOctets(note.text));
    }
    return stage.socket();
  },
  (said) => dataConnection(said.split('\r\n').findLast((line) => /^22[79] /.test(line)) ?? ''),
);
