import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../property.ts';
import type { RawPeer } from '../../transcripts/raw-peer.ts';
import { Stage } from './stage.ts';

/** What a maildrop is, told in a few lines: the real one must agree after every command. */
interface Model {
  /** The store, by content. */
  stored: string[];
  /** The view of the session; undefined before a login. */
  view: string[] | undefined;
  marked: Set<number>;
}
interface Real {
  readonly stage: Stage;
  peer: RawPeer | undefined;
}
type Step = fc.AsyncCommand<Model, Real>;

const OWNER = 'ann@x.test';
const left = ({ view = [], marked }: Model): string[] => view.filter((_, at) => !marked.has(at + 1));
const there = ({ view = [], marked }: Model, number: number): boolean => number <= view.length && !marked.has(number);

function step(name: string, loggedIn: boolean | undefined, run: (model: Model, real: Real) => Promise<void>): Step {
  return {
    check: ({ view }) => loggedIn === undefined || (view !== undefined) === loggedIn,
    run,
    toString: () => name,
  };
}

const deliver = (text: string): Step =>
  step(`deliver ${text}`, undefined, async (model, { stage }) => {
    await stage.deliver(OWNER, text);
    model.stored.push(text);
  });

const login = (): Step =>
  step('login', false, async (model, real) => {
    real.peer = await real.stage.login(OWNER);
    model.view = [...model.stored];
    model.marked = new Set();
  });

const dele = (number: number): Step =>
  step(`DELE ${number}`, true, async (model, { peer }) => {
    assert.equal((await peer!.ask(`DELE ${number}`)).startsWith('+OK'), there(model, number));
    if (there(model, number)) model.marked.add(number);
  });

const retr = (number: number): Step =>
  step(`RETR ${number}`, true, async (model, { peer }) => {
    const reply = await peer!.ask(`RETR ${number}`);
    assert.equal(reply.startsWith('+OK'), there(model, number));
    if (there(model, number)) assert.equal((await peer!.lines()).join('\r\n').concat('\r\n'), model.view![number - 1]);
  });

const stat = (): Step =>
  step('STAT', true, async (model, { peer }) => {
    const rest = left(model);
    assert.equal(await peer!.ask('STAT'), `+OK ${rest.length} ${rest.join('').length}`);
  });

const list = (): Step =>
  step('LIST', true, async (model, { peer }) => {
    await peer!.ask('LIST');
    const wanted = model.view!.flatMap((text, at) => (model.marked.has(at + 1) ? [] : [`${at + 1} ${text.length}`]));
    assert.deepEqual(await peer!.lines(), wanted);
  });

const rset = (): Step =>
  step('RSET', true, async (model, { peer }) => {
    assert.match(await peer!.ask('RSET'), /^\+OK/);
    model.marked.clear();
  });

const quit = (): Step =>
  step('QUIT', true, async (model, real) => {
    const gone = new Set(model.view!.filter((_, at) => model.marked.has(at + 1)));
    assert.match(await real.peer!.ask('QUIT'), /^\+OK/);
    model.stored = model.stored.filter((text) => !gone.has(text));
    await leave(model, real);
  });

const cut = (): Step => step('cut', true, leave);

async function leave(model: Model, real: Real): Promise<void> {
  model.view = undefined;
  real.peer?.end();
  real.peer = undefined;
  await Promise.all(real.stage.served);
}

test('PO-05 DELE, RSET, QUIT and a cut agree with a model of them, in any order', { timeout: 120_000 }, async () => {
  let serial = 0;
  const number = fc.integer({ min: 1, max: 5 });
  const steps = [
    fc.constant(null).map(() => deliver(`n: ${++serial}\r\n\r\n${'.x\r\n'.repeat(serial % 4)}`)),
    fc.constant(login()),
    number.map(dele),
    number.map(retr),
    fc.constant(stat()),
    fc.constant(list()),
    fc.constant(rset()),
    fc.constant(quit()),
    fc.constant(cut()),
  ];
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 60, size: 'max' }), async (commands) => {
      const real: Real = { stage: await Stage.open(), peer: undefined };
      const model: Model = { stored: [], view: undefined, marked: new Set() };
      for (let count = 0; count < 3; count++) await deliver(`m: ${count}\r\n\r\n`).run(model, real);
      await login().run(model, real);
      await fc.asyncModelRun(() => ({ model, real }), commands);
      await leave(model, real);
    }),
    { numRuns: 100 },
  );
});
