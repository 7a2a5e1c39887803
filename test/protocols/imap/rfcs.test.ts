import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../../src/protocols/imap/commands.ts';
import { imap } from '../../../src/protocols/imap/protocol.ts';
import { ask, Stage } from './stage.ts';

/** Where each word of CAPABILITY comes from. */
const HOMES: readonly (readonly [words: string, rfc: number])[] = [
  ['IMAP4rev2 AUTH=PLAIN AUTH=LOGIN STARTTLS LOGINDISABLED', 9051],
  ['IMAP4rev1', 3501],
  ['IDLE', 2177],
  ['NAMESPACE', 2342],
  ['ID', 2971],
  ['CHILDREN', 3348],
  ['MULTIAPPEND', 3502],
  ['BINARY', 3516],
  ['UNSELECT', 3691],
  ['UIDPLUS', 4315],
  ['ESEARCH', 4731],
  ['SASL-IR', 4959],
  ['COMPRESS=DEFLATE', 4978],
  ['WITHIN', 5032],
  ['ENABLE', 5161],
  ['SEARCHRES', 5182],
  ['SORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES', 5256],
  ['LIST-EXTENDED', 5258],
  ['ESORT', 5267],
  ['LIST-STATUS', 5819],
  ['SORT=DISPLAY', 5957],
  ['SPECIAL-USE CREATE-SPECIAL-USE', 6154],
  ['MOVE', 6851],
  ['UTF8=ACCEPT', 6855],
  ['CONDSTORE QRESYNC', 7162],
  ['LITERAL+ LITERAL-', 7888],
  ['APPENDLIMIT', 7889],
  ['UNAUTHENTICATE', 8437],
  ['STATUS=SIZE', 8438],
  ['OBJECTID', 8474],
  ['REPLACE', 8508],
  ['SAVEDATE', 8514],
  ['PREVIEW', 8970],
  ['QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE', 9208],
  ['PARTIAL', 9394],
  ['INPROGRESS', 9585],
  ['UIDONLY', 9586],
];

test('the RFCs of what is announced, and of every command, are those that the reference names', async () => {
  const homes = new Map(HOMES.flatMap(([words, rfc]) => words.split(' ').map((word) => [word, `RFC ${rfc}`] as const)));
  const stage = await Stage.open();
  const peer = await stage.login();
  const [told = ''] = await ask(peer, 'CAPABILITY');
  for (const word of told.split(' ').slice(2)) {
    const home = homes.get(word.replace(/^(APPENDLIMIT)=\d+$/, '$1'));
    assert.ok(home && imap.rfcs.includes(home), word);
  }
  for (const [name, { rfc }] of Object.entries(COMMANDS)) assert.ok(imap.rfcs.includes(rfc), name);
  for (const home of homes.values()) assert.ok(imap.rfcs.includes(home), home);
  peer.end();
  await peer.rest();
});
