import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { open, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailEntry, MailStore } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';

/** Messages as files `UID.eml` in a directory, or one of them under the name that is given. */
export class MailFilesTarget {
  readonly #path: string;
  readonly #into: boolean;
  readonly #written = new Set<string>();

  /** Throws `CS_NOT_DIRECTORY` for several messages and one file. */
  constructor(path: string, several: boolean) {
    this.#path = path;
    this.#into = existsSync(path) && statSync(path).isDirectory();
    if (!this.#into && (several || path.endsWith('/')))
      throw new CsError('CS_NOT_DIRECTORY', `${path} is no directory`);
  }

  /** Whole, under its name, or not there at all. Resolves to the name; undefined: it stays as it is. */
  async write(
    mail: MailStore,
    mailbox: string,
    entry: MailEntry,
    how: { readonly keep: boolean; readonly times: boolean },
    moved: () => void,
  ) {
    const path = this.#into ? join(this.#path, `${entry.uid}.eml`) : this.#path;
    if (this.#written.has(path))
      throw new CsError('CS_EXISTS', `${path} was written from another mailbox a moment ago`);
    if (how.keep && existsSync(path)) return undefined;
    this.#written.add(path);
    const part = `${path}.${randomBytes(4).toString('hex')}.part`;
    try {
      const file = await open(part, 'wx');
      try {
        for await (const chunk of mail.read(mailbox, entry.uid)) {
          await file.writeFile(chunk);
          moved();
        }
      } finally {
        await file.close();
      }
      const time = Date.parse(entry.receivedAt) / 1000;
      if (how.times && time > 0) await utimes(part, time, time);
      await rename(part, path);
      return path;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }
}
