/** A process that uploads until it is killed: each file that was acknowledged is told to whoever started it. */

import { at, required } from '../../conformance/file-tree-harness.ts';
import { numberedFile } from './numbered-file.ts';
import { openDisk } from './place.ts';

const [task = '', dir = '', start = '0', count = '0', durability = 'disk'] = process.argv.slice(2);

/** Several uploads at a time, of all sizes, some under names that are there already, some cut and gone on with. */
async function pour(from: number): Promise<void> {
  const { tree } = await openDisk(dir);
  const write = required(tree, 'write');
  const lane = async (number: number): Promise<void> => {
    for (let n = from + number; ; n += 4) {
      const bytes = numberedFile(n);
      const path = at(`/${n % 3 === 0 ? 'same' : `f${n}`}-${number}`);
      if (n % 5 === 1) {
        const half = Math.floor(bytes.length / 2);
        const draft = await write(path, { mode: 'replace', stage: 's' });
        await draft.write(bytes.subarray(0, half));
        await draft.abort({ keep: true });
        process.send?.({ kept: path[0], length: half, n });
        const rest = await write(path, { mode: 'replace', stage: 's', offset: half });
        await rest.write(bytes.subarray(half));
        await rest.commit();
      } else {
        const draft = await write(path, { mode: 'replace', size: bytes.length });
        for (let at = 0; at < bytes.length; at += 100_000) await draft.write(bytes.subarray(at, at + 100_000));
        await draft.commit();
      }
      process.send?.({ stored: path[0], n });
    }
  };
  await Promise.all([0, 1, 2, 3].map(lane));
}

/** Some files, one after the other, each acknowledged on stdout: for `strace`. */
async function trace(files: number): Promise<void> {
  const { tree } = await openDisk(dir, { durability: durability as 'disk' });
  await required(tree, 'makeDir')(at('/sub'));
  process.stdout.write('acknowledged 0 sub\n');
  for (let n = 1; n <= files; n++) {
    const name = n % 3 === 0 ? 'sub/same' : `sub/f${n}`;
    try {
      const draft = await required(tree, 'write')(at(`/${name}`), { mode: n % 3 === 0 ? 'replace' : 'new' });
      const bytes = numberedFile(n);
      // In two pieces, so that it is `writev` and nothing else that writes files here.
      await draft.write(bytes.subarray(0, 1));
      await draft.write(bytes.subarray(1));
      await draft.commit();
      process.stdout.write(`acknowledged ${n} ${name}\n`);
    } catch (error) {
      process.stderr.write(`${(error as { code?: string }).code}\n`);
    }
  }
}

if (task === 'pour') await pour(Number(start));
if (task === 'trace') await trace(Number(count));
