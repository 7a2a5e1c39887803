/** Conversations of test/transcripts as inputs: what one side says, all of it, and in its turns. */
import { readdirSync, readFileSync } from 'node:fs';
import { joinSteps, parseTranscript, type Side } from '../../src/kit/transcript.ts';

export function transcripts(folder: string, side: Side): string[] {
  const home = new URL(`../../../test/transcripts/${folder}/`, import.meta.url);
  return readdirSync(home)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => parseTranscript(readFileSync(new URL(name, home), 'utf8')))
    .map((steps) => joinSteps(steps).filter(({ from }) => from === side))
    .map((steps) => Buffer.concat(steps.map(({ bytes }) => bytes)).toString('latin1'));
}
