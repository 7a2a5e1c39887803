/** Lines with their ends, octets as they came; the last one may have none. */
export async function* octetLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk]);
    let from = 0;
    for (let at = held.indexOf(10); at !== -1; at = held.indexOf(10, from)) {
      yield held.subarray(from, at + 1);
      from = at + 1;
    }
    held = held.subarray(from);
  }
  if (held.length > 0) yield held;
}
