import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailFilesFormat, OpenMailFiles } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { EmlFiles } from './eml.ts';
import { FilesMail } from './files-mail.ts';
import { type MailFormat, PASSING } from './format.ts';
import { Maildir } from './maildir.ts';
import { MboxFiles } from './mbox.ts';

/** Mail at a path of this machine. Without `format` what stands there says it; nothing there: by the name, else Maildir. */
export async function open(path: string, format?: MailFilesFormat): Promise<OpenMailFiles> {
  const there = existsSync(path) ? statSync(path) : undefined;
  const chosen = format ?? (there?.isDirectory() ? seen(path) : byName(path, there !== undefined));
  const single = chosen === 'mbox' && (there ? there.isFile() : /\.mbox$/i.test(path));
  if (there?.isFile() && !single) throw new CsError('CS_NOT_DIRECTORY', `${path} is a file`);
  if (!there && !single) await mkdir(path, { recursive: true, mode: 0o700 });
  const mail = new FilesMail(made(chosen, path, single));
  return {
    mail,
    format: chosen,
    single,
    isLasting: (uid) => uid < PASSING,
    [Symbol.asyncDispose]: () => mail.close(),
  };
}

function made(format: MailFilesFormat, path: string, single: boolean): MailFormat {
  if (format === 'maildir') return new Maildir(path);
  return format === 'mbox' ? new MboxFiles(path, single) : new EmlFiles(path);
}

function byName(path: string, isFile: boolean): MailFilesFormat {
  return isFile || /\.mbox$/i.test(path) ? 'mbox' : 'maildir';
}

/** The first sign of a format below a directory. */
function seen(path: string): MailFilesFormat {
  // Level by level: a mailbox may hold very many messages, and its own directory says what it is.
  let level = [path];
  while (level.length > 0) {
    const next: string[] = [];
    for (const directory of level) {
      const entries = readdirSync(directory, { withFileTypes: true });
      if (entries.some((entry) => entry.isDirectory() && entry.name === 'cur')) return 'maildir';
      if (entries.some((entry) => entry.isFile() && /\.mbox$/i.test(entry.name))) return 'mbox';
      if (entries.some((entry) => entry.isFile() && /\.eml$/i.test(entry.name))) return 'eml';
      next.push(...entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name)));
    }
    level = next;
  }
  return 'maildir';
}
