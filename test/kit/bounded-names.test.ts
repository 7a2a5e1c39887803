import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundedNames } from '../../src/kit/bounded-names.ts';
import type { MailNames } from '../../src/kit/mail-names.ts';
import { fails } from '../conformance/harness.ts';

function counted(answer: (name: string) => Promise<readonly string[]>) {
  const asked: string[] = [];
  const names: MailNames = {
    txt: async (name) => {
      asked.push(name);
      return answer(name);
    },
    mx: async () => [],
    addresses: async (host) => {
      asked.push(host);
      return [];
    },
  };
  return { asked, names };
}

test('each question is asked once, whatever its letters, and each kind is a question of its own', async () => {
  const { asked, names } = counted(async (name) => [name]);
  const bounded = boundedNames(names, new AbortController().signal);
  assert.deepEqual(await Promise.all([bounded.txt('x.test'), bounded.txt('X.test')]), [['x.test'], ['x.test']]);
  await bounded.addresses('x.test');
  assert.deepEqual(asked, ['x.test', 'x.test']);
});

test('so many questions and no more; those that were asked keep their answers', async () => {
  const { asked, names } = counted(async () => []);
  const bounded = boundedNames(names, new AbortController().signal, 3);
  for (const name of ['a', 'b', 'c']) await bounded.txt(name);
  await fails('CS_NAME_NOT_RESOLVED', () => bounded.txt('d'));
  assert.deepEqual(await bounded.txt('a'), []);
  assert.equal(asked.length, 3);
});

test('a name server that never answers holds a check up until its time is over', async () => {
  const time = new AbortController();
  const bounded = boundedNames(counted(() => new Promise(() => {})).names, time.signal);
  const waiting = fails('CS_NAME_NOT_RESOLVED', () => bounded.txt('x.test'));
  time.abort();
  await waiting;
  await fails('CS_NAME_NOT_RESOLVED', () => bounded.txt('y.test'));
  await fails('CS_NAME_NOT_RESOLVED', () => boundedNames(counted(async () => []).names, time.signal).txt('z.test'));
});
