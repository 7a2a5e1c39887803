/** Content on its way in: the hot path of STOR. */
import type { Connection } from '../../contracts/connection.ts';
import type { FileDraft } from '../../contracts/file-draft.ts';
import { CsError } from '../../kit/errors.ts';
import { streamOf } from './data-stream.ts';
import type { Convert } from './outflow.ts';
import type { Transfer } from './transfer.ts';

/** Everything up to the end that the client says; throws when it came to an end in any other way, or the draft fails. */
export async function receiveFile(
  data: Connection,
  draft: FileDraft,
  minimumRate: number,
  transfer: Transfer,
  convert?: Convert,
): Promise<void> {
  const { stream, lost, release } = streamOf(data, transfer);
  try {
    await Promise.race([
      lost,
      new Promise<void>((resolve, reject) => {
        const more = () => {
          data.deadline(0, minimumRate);
          stream.resume();
        };
        stream.on('data', (chunk: Uint8Array) => {
          const wait = draft.write(convert ? convert(chunk) : chunk);
          if (!wait) return;
          // The client is not slow now; we are.
          stream.pause();
          data.deadline(0);
          wait.then(more, reject);
        });
        // An empty file over TLS has ended before anybody reads.
        if (stream.readableEnded) resolve();
        stream.on('end', resolve);
      }),
    ]);
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    release();
  }
  data.deadline(0);
  // Our own end at once: some clients wait for it before they listen for the reply.
  stream.end();
  if (data.tls?.cut) throw new CsError('CS_PEER_PROTOCOL', 'TLS ended without close_notify');
}
