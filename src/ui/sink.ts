import { statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { escapeBlock } from '../kit/escape.ts';
import { unwritable } from './unwritable.ts';

/** Where the result goes: stdout, or a file that appears under its name only when the command went well. */
export interface Sink {
  write(chunk: Uint8Array | string): Promise<void>;
  end(failed: boolean): Promise<void>;
}

export function stdoutSink(): Sink {
  return {
    write: (chunk) =>
      new Promise((resolve, reject) => {
        process.stdout.write(chunk, (error) => {
          if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(unwritable('to stdout', error));
          else resolve();
        });
      }),
    end: async () => {},
  };
}

/** For a terminal: octets become text, its line ends lines, and nothing in it steers the terminal (surface.md 4.9). */
export function neutralSink(inner: Sink): Sink {
  const decoder = new TextDecoder();
  /** The CR at the end of what came last: perhaps half a line end. */
  let held = '';
  return {
    write: (chunk) => {
      const text = held + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
      held = text.endsWith('\r') ? '\r' : '';
      return inner.write(escapeBlock(text.slice(0, text.length - held.length).replaceAll('\r\n', '\n')));
    },
    end: async (failed) => {
      if (held !== '') await inner.write(escapeBlock(held));
      await inner.end(failed);
    },
  };
}

/**
 * temp name, write, sync, rename, sync directory (trust.md section 2). Opened at the first octet. A device or a pipe
 * (`/dev/null`) is written to: nothing may take its place.
 */
export function fileSink(path: string): Sink {
  return isSpecial(path) ? specialSink(path) : publishingSink(path);
}

function isSpecial(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts !== undefined && !facts.isFile() && !facts.isDirectory();
}

function specialSink(path: string): Sink {
  let handle: Promise<FileHandle> | undefined;
  return {
    async write(chunk) {
      handle ??= open(path, 'w');
      try {
        await (await handle).writeFile(chunk);
      } catch (error) {
        throw unwritable(path, error);
      }
    },
    async end() {
      await (await handle)?.close();
    },
  };
}

function publishingSink(path: string): Sink {
  let handle: Promise<FileHandle> | undefined;
  let temporary = '';
  const begin = async (): Promise<FileHandle> => {
    const { randomBytes } = await import('node:crypto');
    temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.cs-part`);
    return open(temporary, 'wx', 0o600);
  };
  return {
    async write(chunk) {
      try {
        handle ??= begin();
        await (await handle).writeFile(chunk);
      } catch (error) {
        throw unwritable(path, error);
      }
    },
    async end(failed) {
      if (!handle && failed) return;
      const file = await (handle ?? begin()).catch((error: unknown) => {
        if (failed) return undefined;
        throw unwritable(path, error);
      });
      if (!file) return;
      try {
        if (!failed) await file.datasync();
        await file.close();
        if (!failed) {
          await rename(temporary, path);
          const folder = await open(dirname(path), 'r');
          await folder.sync();
          await folder.close();
        }
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
}
