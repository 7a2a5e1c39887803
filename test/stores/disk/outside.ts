/** A root with ways out of it, and what must never be reached by them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { FileTree } from '../../../src/contracts/files.ts';
import { type DiskOptions, freshDir, openDisk } from './place.ts';

export const SECRET = 'nobody may read this';

export interface Trap extends AsyncDisposable {
  readonly tree: FileTree;
  readonly root: string;
  readonly outside: string;
  /** Everything outside, name and content. */
  state(): string;
}

/** Ways out: each a path in the tree, with what lies behind it outside. */
export const WAYS_OUT = [
  'file-link',
  'absolute-file-link',
  'dir-link/secret',
  'absolute-dir-link/secret',
  'chain',
  'dir/up/outside/secret',
  'dir/deep-link',
  'half-link/secret',
  'self-then-out/secret',
  'proc/1/environ',
  'procself/root/etc/passwd',
] as const;

export async function trap(values: DiskOptions = {}, byDescriptor?: boolean): Promise<Trap> {
  const base = await freshDir();
  const root = join(base, 'data');
  const outside = join(base, 'outside');
  for (const dir of [root, outside, join(root, 'dir'), join(base, 'data-secret'), join(outside, 'below')])
    mkdirSync(dir);
  writeFileSync(join(outside, 'secret'), SECRET);
  writeFileSync(join(base, 'data-secret', 'x'), SECRET);
  writeFileSync(join(root, 'dir', 'file'), 'inside');
  const link = (target: string, name: string) => symlinkSync(target, join(root, name));
  link('../outside/secret', 'file-link');
  link(join(outside, 'secret'), 'absolute-file-link');
  link('../outside', 'dir-link');
  link(outside, 'absolute-dir-link');
  link('chain-2', 'chain');
  link('dir/../chain-3', 'chain-2');
  link('file-link', 'chain-3');
  link('../..', 'dir/up');
  link('../../outside/secret', 'dir/deep-link');
  link('dir/../../outside', 'half-link');
  link('../data/../outside', 'self-then-out');
  link('/proc', 'proc');
  link('/proc/self', 'procself');
  link('../data-secret', 'sibling');
  link('dir/file', 'inside-link');
  link('dir', 'inside-dir');
  link(join(root, 'dir'), 'inside-absolute');
  link('loop-2', 'loop');
  link('loop', 'loop-2');
  link('nothing-there', 'dangling');
  for (let n = 0; n < 45; n++) link(n === 44 ? 'dir/file' : `hop-${n + 1}`, `hop-${n}`);
  const opened = await openDisk(root, { durability: 'process', ...values }, byDescriptor);
  return {
    tree: opened.tree,
    root,
    outside,
    state: () =>
      readdirSync(outside, { recursive: true })
        .map(String)
        .sort()
        .map((name) => `${name}=${name === 'below' ? '' : readFileSync(join(outside, name), 'utf8')}`)
        .join('\n'),
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await rm(base, { recursive: true });
    },
  };
}

/** A pipe, a socket and a device in the root; the socket's server is to be closed. */
export async function specials(root: string): Promise<Server> {
  execFileSync('mkfifo', [join(root, 'fifo')]);
  symlinkSync('fifo', join(root, 'fifo-link'));
  symlinkSync('/dev/zero', join(root, 'zero'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
  return server;
}
