/**
 * The long run (`npm run fuzz`): each wire in a thread of its own, watched by the main one, which ends what hangs.
 * An input is named by seed and number: `npm run fuzz -- WIRE --seed S --from NUMBER --inputs 1` is that one again.
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Chance } from './chance.ts';
import { mutated } from './mutate.ts';
import { type Growth, growing } from './pump.ts';
import type { Wire } from './wire.ts';
import { wires } from './wires.ts';

/** Seconds of processor in which one input must be done with, and of any time: a machine may have more to do. */
const PATIENCE = 60;
const LONG_PATIENCE = 900;
/** Seconds of processor that are too many for one input. */
const SLOW = 5;
/** Different failures of one wire that are told; more say nothing new. */
const FAILURES = 10;
const SHAPE = { size: 256 * 1024, floor: 100 };

interface Order {
  readonly wire: string;
  readonly inputs: number;
  readonly from: number;
  readonly seed: number;
  readonly shapes: number;
  /** Seconds after which no further input is begun. */
  readonly seconds: number;
  /** The number of the input at work. */
  readonly at: Int32Array;
}

interface Told {
  readonly inputs: number;
  readonly failures: readonly string[];
  /** Milliseconds of the input that took longest, and its number. */
  readonly slowest: readonly [ms: number, number: number];
  readonly growths: readonly Growth[];
  /** Seconds of processor. */
  readonly cpu: number;
}

async function work({ wire: name, inputs, from, seed, shapes, seconds, at }: Order): Promise<Told> {
  const wire = wires.find((one) => one.name === name)!;
  const failures = new Map<string, string>();
  let slowest: [number, number] = [0, 0];
  const before = process.cpuUsage();
  const until = performance.now() + seconds * 1000;
  let number = from;
  for (; number < from + inputs && failures.size < FAILURES; number++) {
    Atomics.store(at, 0, number);
    const began = performance.now();
    if (began > until) break;
    const failure = await failureOf(wire, seed, number);
    if (failure) failures.set(failure[0], failure[1]);
    const ms = performance.now() - began;
    if (ms > SLOW * 1000) await again(wire, seed, number, failures);
    if (ms > slowest[0]) slowest = [ms, number];
  }
  const growths: Growth[] = [];
  for (let shape = seed; shape < seed + shapes; shape++) {
    Atomics.store(at, 0, -1 - shape);
    growths.push(...(await growing(wire, [shape], SHAPE)));
  }
  const { user, system } = process.cpuUsage(before);
  return { inputs: number - from, failures: [...failures.values()], slowest, growths, cpu: (user + system) / 1e6 };
}

/** The machine may have been busy: once more, by processor time. */
async function again(wire: Wire, seed: number, number: number, failures: Map<string, string>): Promise<void> {
  const before = process.cpuUsage();
  await failureOf(wire, seed, number);
  const { user, system } = process.cpuUsage(before);
  if (user + system > SLOW * 1e6) failures.set('slow', `input ${number}: ${((user + system) / 1e6).toFixed(0)} s`);
}

/** What it is known by, and what is told of it. */
async function failureOf(wire: Wire, seed: number, number: number): Promise<[string, string] | undefined> {
  const chance = new Chance(seed * 2_000_003 + number);
  const data = mutated(wire, chance);
  try {
    await wire.fuzz(data, chance);
    return undefined;
  } catch (error) {
    const { message = '', stack = '' } = error as Error;
    const place = stack.split('\n').find((line) => line.includes('/build/src/')) ?? message.slice(0, 80);
    const input = JSON.stringify(data.toString('latin1'));
    return [place.trim(), `input ${number} (${data.length} octets): ${input.slice(0, 2000)}\n${stack.slice(0, 1500)}`];
  }
}

/** True when all was well. */
async function watched(order: Omit<Order, 'at'>): Promise<boolean> {
  const at = new Int32Array(new SharedArrayBuffer(4));
  const began = performance.now();
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...order, at } });
  let seen = at[0]!;
  let since = { time: performance.now(), cpu: process.cpuUsage() };
  const told = await new Promise<Told | string>((resolve) => {
    const timer = setInterval(() => {
      const now = Atomics.load(at, 0);
      if (now !== seen) since = { time: performance.now(), cpu: process.cpuUsage() };
      seen = now;
      const { user, system } = process.cpuUsage(since.cpu);
      const late = user + system > PATIENCE * 1e6 || performance.now() - since.time > LONG_PATIENCE * 1000;
      if (late) resolve(`HANGS at ${now < 0 ? `shape ${-1 - now}` : `input ${now}`}`);
    }, 500);
    worker.on('message', resolve).on('error', (error) => resolve(`ENDED at ${Atomics.load(at, 0)}: ${error.stack}`));
    worker.on('exit', () => clearInterval(timer));
  });
  await worker.terminate();
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  if (typeof told === 'string') {
    console.log(`${order.wire}: ${told}, after ${seconds} s`);
    return false;
  }
  const { inputs, failures, slowest, growths, cpu } = told;
  const steep = growths.filter(({ exponent }) => exponent > 1.5);
  const worst = Math.max(0, ...growths.map(({ exponent }) => exponent));
  console.log(
    `${order.wire}: ${inputs} inputs, ${order.shapes} shapes, ${cpu.toFixed(0)} s of processor, ${seconds} s; ` +
      `slowest ${slowest[0].toFixed(0)} ms (input ${slowest[1]}); growth at most n^${worst.toFixed(2)}; ` +
      `${failures.length} failures, ${steep.length} steep`,
  );
  for (const failure of failures) console.log(failure);
  for (const { seed, exponent, most } of steep) {
    console.log(`shape ${seed}: ${most.toFixed(0)} ms at ${SHAPE.size / 1024} KiB, n^${exponent.toFixed(2)}`);
  }
  return failures.length + steep.length === 0;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      inputs: { type: 'string', default: '100000' },
      from: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      shapes: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '86400' },
    },
  });
  const numbers = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)]));
  const chosen = wires.filter(
    ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
  );
  if (chosen.length === 0) throw new Error(`no such wire; there are ${wires.map(({ name }) => name).join(', ')}`);
  for (const { name } of chosen) {
    const well = await watched({ wire: name, ...numbers } as Omit<Order, 'at'>);
    if (!well) process.exitCode = 1;
  }
}

if (isMainThread) await main();
else parentPort!.postMessage(await work(workerData as Order));
