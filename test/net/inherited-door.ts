/** A process that serves descriptor 3 until its stdin ends. */
import { echo, open } from './door-fixture.ts';

const { door } = await open(echo, { listen: { fds: [3] } });
console.log(door.port);
process.stdin.resume().on('end', () => void door.close());
