/** A log of `strace -f -y -xx` as a list of calls, each at the place where it returned. */
import { Buffer } from 'node:buffer';

export interface SystemCall {
  readonly name: string;
  /** Path behind the first descriptor, or the first path argument. */
  readonly path: string;
  /** Second path argument of a rename. */
  readonly to: string;
  /** Octets written: those the call says it took. */
  readonly data: Buffer;
  /** The last number among the arguments: an offset, or a length. */
  readonly last: number;
  readonly flags: string;
}

export const TRACED =
  'openat,pwrite64,pwritev,pwritev2,write,writev,fsync,fdatasync,rename,renameat,renameat2,ftruncate,unlink';

/** Parts of a call that another thread interrupted are put together again. */
export function* systemCalls(log: string): Generator<SystemCall> {
  const begun = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (text.endsWith('<unfinished ...>')) {
      begun.set(thread, text.slice(0, -'<unfinished ...>'.length).trimEnd());
      continue;
    }
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(text) ?? [];
    const call = rest === undefined ? text : (begun.get(thread) ?? '') + rest;
    const [, name, args, result] = /^(\w+)\((.*)\)\s+= (\d+)/.exec(call) ?? [];
    if (name !== undefined) yield parsed(name, args ?? '', Number(result));
  }
}

function parsed(name: string, args: string, result: number): SystemCall {
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => octets(hex));
  const [, descriptor] = /^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args) ?? [];
  const wrote = name.includes('write');
  return {
    name,
    path: (descriptor === undefined ? strings[0] : octets(descriptor))?.toString() ?? '',
    to: strings[1]?.toString() ?? '',
    data: wrote ? Buffer.concat(strings).subarray(0, result) : Buffer.alloc(0),
    last: Number(/(\d+)$/.exec(args)?.[1] ?? 0),
    flags: /O_[A-Z_|]+/.exec(args)?.[0] ?? '',
  };
}

function octets(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}
