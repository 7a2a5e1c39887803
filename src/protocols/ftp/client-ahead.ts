/** What may make a reader read on although nobody takes what it has read. */
export interface Pressure {
  readonly wanted: boolean;
  onWanted(act: () => void): () => void;
}

/**
 * `source`, read no further than `most` items ahead of whoever takes them, unless somebody waits for the connection that it
 * holds: a walk into directories while their parent is still being listed must not wait for itself.
 */
export async function* readAhead<T>(source: AsyncIterable<T>, most: number, pressure: Pressure): AsyncGenerator<T> {
  const held: T[] = [];
  let ended = false;
  let stopped = false;
  let failure: unknown;
  let more = (): void => {};
  let room = (): void => {};
  const read = async (): Promise<void> => {
    try {
      for await (const item of source) {
        held.push(item);
        more();
        while (held.length >= most && !pressure.wanted && !stopped) {
          await new Promise<void>((resolve) => {
            room = resolve;
          });
        }
        if (stopped) return;
      }
    } catch (error) {
      failure = error;
    } finally {
      ended = true;
      more();
    }
  };
  const off = pressure.onWanted(() => room());
  void read();
  try {
    for (;;) {
      const item = held.shift();
      if (item !== undefined) {
        room();
        yield item;
      } else if (ended) {
        if (failure !== undefined) throw failure;
        return;
      } else {
        await new Promise<void>((resolve) => {
          more = resolve;
        });
      }
    }
  } finally {
    stopped = true;
    off();
    room();
  }
}
