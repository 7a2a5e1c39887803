/** `-bs`: whoever started us speaks SMTP, and the server answers; we only carry octets. */
import type { Readable, Writable } from 'node:stream';
import type { Connection } from '../../contracts/connection.ts';

/** Resolves when the server has said its last word. */
export async function carry(conn: Connection, input: Readable, output: Writable): Promise<void> {
  const up = upwards(conn, input);
  try {
    for await (const chunk of conn) {
      if (!output.write(chunk)) await new Promise((resolve) => output.once('drain', resolve));
    }
  } finally {
    input.destroy();
    await up;
    await conn.close('C');
  }
}

/** The end of the input is a goodbye: what was asked for before is still answered. */
async function upwards(conn: Connection, input: Readable): Promise<void> {
  try {
    for await (const chunk of input) await conn.write(chunk as Uint8Array);
    await conn.write('QUIT\r\n');
  } catch {
    // The server left, or our input was taken away: the other direction tells.
  }
}
