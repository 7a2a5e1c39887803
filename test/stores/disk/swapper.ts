/** A thread that swaps a directory for a link and back, as fast as it can, until it is told to stop. */
import { renameSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { directory, link, aside, stop } = workerData as {
  directory: string;
  link: string;
  aside: string;
  stop: SharedArrayBuffer;
};
const told = new Int32Array(stop);
let swaps = 0;
while (Atomics.load(told, 0) === 0) {
  renameSync(directory, aside);
  renameSync(link, directory);
  renameSync(directory, link);
  renameSync(aside, directory);
  swaps += 2;
  Atomics.store(told, 1, swaps);
}
parentPort?.postMessage(swaps);
