/** `work` on each, so many at once; results in order, those that came to nothing left out. */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  most: number,
  work: (item: T) => Promise<R | undefined>,
): AsyncGenerator<R> {
  const going: Promise<R | undefined>[] = [];
  const take = async (): Promise<R | undefined> => going.shift();
  for (const item of items) {
    const one = work(item);
    one.catch(() => {});
    going.push(one);
    if (going.length < most) continue;
    const done = await take();
    if (done !== undefined) yield done;
  }
  while (going.length > 0) {
    const done = await take();
    if (done !== undefined) yield done;
  }
}
