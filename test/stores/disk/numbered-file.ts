import { octets } from '../../conformance/file-tree-harness.ts';

/** The content of file number `n`: from nothing to some megabytes, told apart by its number. */
export function numberedFile(n: number): Buffer {
  const size = [0, 10, 4096, 70_000, 300_000, 2_200_000][n % 6] ?? 0;
  return Buffer.concat([Buffer.from(`${n}\n`), octets(size, n + 1)]);
}

/** Which file this is; undefined for one that is not whole. */
export function numberOf(bytes: Buffer): number | undefined {
  const n = Number(bytes.subarray(0, bytes.indexOf('\n')).toString());
  return Number.isSafeInteger(n) && numberedFile(n).equals(bytes) ? n : undefined;
}
