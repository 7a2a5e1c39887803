/**
 * Conversations as test files. Each `.txt` in a folder is a transcript (src/kit/transcript.ts) that a server must follow
 * to the octet; `<any>` in a line of the server stands for any text. Notes set the scene:
 *
 *     # mail ann: Subject: one\x0d\x0a\x0d\x0atext        what is there before it begins, escaped as in a line
 *     # option utf8: send                                 an option of the protocol
 *     # peer: 192.0.2.1                                   the client is on another machine
 *     # ways: whole octets                                how it is played; else all of WAYS
 *
 * Where a conversation has connections beside it, these stand between its lines:
 *
 *     # data gets: one\x0d\x0a                            a new one, opened by what the server said last of it, brings this
 *     # data puts: one                                    a new one takes this, and is ended
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { escapeOctets, joinSteps, parseTranscript, type TranscriptStep } from '../../src/kit/transcript.ts';
import { RawPeer } from './raw-peer.ts';

/** Turn by turn; turn by turn, an octet a write; everything the client will ever say in one write. */
const WAYS = ['whole', 'octets', 'pipelined'] as const;
export type Way = (typeof WAYS)[number];

export interface Note {
  /** `mail ann`, `option utf8`, `peer`. */
  readonly about: string;
  readonly text: string;
}

/** Opens a fresh server and gives the client's end of one connection to it. */
export type Stage = (notes: readonly Note[]) => Promise<Duplex>;

/** Opens a connection beside the one whose server has said all this. */
export type Aside = (said: string) => Promise<Duplex>;

/** One test for each file and way. Fails when the folder holds none. */
export function playFolder(folder: string, stage: Stage, aside?: Aside): void {
  const url = new URL(`../../../test/transcripts/${folder}/`, import.meta.url);
  const home = import.meta.url.endsWith('.js') ? url : new URL(`./${folder}/`, import.meta.url);
  const files = readdirSync(home).filter((name) => name.endsWith('.txt'));
  assert.notEqual(files.length, 0, `no transcripts in ${fileURLToPath(home)}`);
  for (const file of files.sort()) {
    const text = readFileSync(new URL(file, home), 'utf8');
    const notes = readNotes(text);
    const scenes = readScenes(text);
    // What comes from beside has its moment in the conversation.
    const possible = scenes.length > 1 ? ['whole', 'octets'] : WAYS;
    const wanted = notes.find(({ about }) => about === 'ways')?.text.split(' ') ?? possible;
    for (const way of WAYS.filter((one) => wanted.includes(one))) {
      test(`${folder}/${file} (${way})`, { timeout: 10_000 }, async () => {
        await playScenes(scenes, await stage(notes), way, aside);
      });
    }
  }
}

function readNotes(text: string): Note[] {
  return [...text.matchAll(/^# ([a-z][^:\n]*): (.*)$/gm)].map(([, about = '', rest = '']) => ({ about, text: rest }));
}

interface Scene {
  readonly steps: readonly TranscriptStep[];
  /** What comes behind them. */
  readonly data?: { readonly verb: 'gets' | 'puts'; readonly text: string };
}

function readScenes(text: string): Scene[] {
  const parts = text.split(/^# data (gets|puts): ?(.*)\n/m);
  const scenes: Scene[] = [];
  for (let at = 0; at < parts.length; at += 3) {
    const [steps = '', verb, content = ''] = parts.slice(at, at + 3);
    const data = verb === undefined ? {} : { data: { verb: verb as 'gets' | 'puts', text: content } };
    scenes.push({ steps: parseTranscript(steps), ...data });
  }
  return scenes;
}

async function playScenes(scenes: readonly Scene[], stream: Duplex, way: Way, aside?: Aside): Promise<void> {
  const peer = new RawPeer(stream);
  let said = '';
  for (const { steps, data } of scenes) {
    said += await playSteps(peer, steps, way);
    if (!data) continue;
    assert.ok(aside, 'nothing here opens connections beside');
    const beside = new RawPeer(await aside(said));
    if (data.verb === 'gets') matches(escapeOctets(await beside.rest()), data.text);
    else beside.send(noteOctets(data.text));
    beside.end();
  }
  await playEnd(peer);
}

/** Plays the client's side and holds the server to its own, up to the end of the connection. */
export async function play(steps: readonly TranscriptStep[], stream: Duplex, way: Way): Promise<void> {
  const peer = new RawPeer(stream);
  await playSteps(peer, steps, way);
  await playEnd(peer);
}

/** Resolves to what the server said. */
async function playSteps(peer: RawPeer, steps: readonly TranscriptStep[], way: Way): Promise<string> {
  const turns = joinSteps(steps);
  let said = '';
  const order = way === 'pipelined' ? [...turns.filter(by('C')), ...turns.filter(by('S'))] : turns;
  for (const { from, bytes } of joinSteps(order)) {
    if (from === 'S') said += await expect(peer, bytes);
    else if (way === 'octets') await peer.drip(bytes);
    else peer.send(bytes);
  }
  return said;
}

async function playEnd(peer: RawPeer): Promise<void> {
  peer.end();
  assert.equal(escapeOctets(await peer.rest()), '', 'the server said more');
}

const by =
  (side: TranscriptStep['from']) =>
  ({ from }: TranscriptStep) =>
    from === side;

async function expect(peer: RawPeer, bytes: Uint8Array): Promise<string> {
  let said = '';
  for (const wanted of bytes.toString().match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const got = wanted.endsWith('\n') ? `${await peer.line()}\r\n` : (await peer.octets(wanted.length)).toString();
    matches(got, wanted);
    said += got;
  }
  return said;
}

function matches(got: string, wanted: string): void {
  const pattern = wanted.split('<any>').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  assert.match(got, new RegExp(`^${pattern.join('[^\\r\\n]*')}$`), `wanted ${JSON.stringify(wanted)}`);
}

/** The octets of a note, escaped as in a transcript's line. */
export function noteOctets(text: string): Uint8Array {
  return parseTranscript(`C: ${text}\\`)[0]!.bytes;
}
