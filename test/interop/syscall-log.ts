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
  /** The descriptor that an `openat` gave, and the path behind it. */
  readonly opened: { readonly fd: number; readonly path: string } | undefined;
}

export const TRACED =
  'openat,pwrite64,pwritev,pwritev2,write,writev,fsync,fdatasync,rename,renameat,renameat2,link,ftruncate,unlink';

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
    const [, name, args, result, path] = /^(\w+)\((.*)\)\s+= (\d+)(?:<((?:\\x[0-9a-f]{2})*)>)?/.exec(call) ?? [];
    if (name === undefined) continue;
    const opened =
      name === 'openat' && path !== undefined ? { fd: Number(result), path: octets(path).toString() } : undefined;
    yield { ...parsed(name, args ?? '', Number(result)), opened };
  }
}

const DESCRIPTOR = /^\/proc\/self\/fd\/(\d+)(?=\/|$)/;

/** The same calls with paths through a descriptor (`/proc/self/fd/7/name`) as the paths that they stand for. */
export function* withoutDescriptors(calls: Iterable<SystemCall>): Generator<SystemCall> {
  const behind = new Map<string, string>();
  const real = (path: string): string => path.replace(DESCRIPTOR, (whole, fd: string) => behind.get(fd) ?? whole);
  for (const call of calls) {
    yield { ...call, path: real(call.path), to: real(call.to) };
    if (call.opened) behind.set(String(call.opened.fd), call.opened.path);
  }
}

function parsed(name: string, args: string, result: number): Omit<SystemCall, 'opened'> {
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
