import type { OpenFile } from '../../contracts/files.ts';
import { sliced } from '../shared/octets.ts';
import { type FileNode, factsOf } from './node.ts';

export function openNode(node: FileNode): OpenFile {
  const { chunks } = node.content;
  return {
    facts: factsOf(node),
    async *read(range) {
      yield* sliced(chunks, range);
    },
    async readAt(into, position) {
      let filled = 0;
      for (const part of sliced(chunks, { start: position, end: position + into.length })) {
        into.set(part, filled);
        filled += part.length;
      }
      return filled;
    },
    async [Symbol.asyncDispose]() {},
  };
}
