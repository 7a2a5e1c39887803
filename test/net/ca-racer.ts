/** One of several processes that need a certificate at the same moment: says which authority it got. */
import { caCertificate, leafFor } from '../../src/net/ca.ts';

const dir = process.argv[2] ?? '';
process.once('message', async () => {
  const leaf = await leafFor(['localhost'], dir);
  process.send?.({ ca: await caCertificate(dir), chain: leaf.cert }, () => process.disconnect());
});
process.send?.('ready');
