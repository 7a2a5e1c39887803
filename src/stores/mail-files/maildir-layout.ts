/** Which directory a mailbox is: below the root by its name, or as Maildir++ has it (`.Work.2026` beside the inbox). */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeUtf7, encodeUtf7 } from '../../kit/modified-utf7.ts';
import { mailboxOf, partsOf } from './name-parts.ts';

export interface MaildirLayout {
  names(): Promise<readonly string[]>;
  directory(mailbox: string): string;
}

/** As what stands there already; a new one is laid out by names. */
export function maildirLayout(root: string): MaildirLayout {
  return existsSync(join(root, 'cur')) ? beside(root) : below(root);
}

function below(root: string): MaildirLayout {
  return {
    directory: (mailbox) => join(root, ...partsOf(mailbox)),
    names: async () => {
      const found: string[] = [];
      await walk(root, [], found);
      return found;
    },
  };
}

async function walk(directory: string, parts: readonly string[], found: string[]): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  if (parts.length > 0 && entries.some(({ name }) => name === 'cur')) found.push(mailboxOf(parts));
  for (const entry of entries) {
    const inner = entry.isDirectory() && !entry.name.startsWith('.') && !/^(?:cur|new|tmp)$/.test(entry.name);
    if (inner) await walk(join(directory, entry.name), [...parts, entry.name], found);
  }
}

const INBOX = 'INBOX';

/** Dots part the names, so a dot inside of one is written as an escape. */
function beside(root: string): MaildirLayout {
  return {
    directory: (mailbox) => {
      if (mailbox === INBOX) return root;
      const name = `.${partsOf(mailbox)
        .map((part) => part.replaceAll('.', '%2E'))
        .join('.')}`;
      // Servers write what is beyond ASCII as IMAP does; who was told to write UTF-8 goes on with it.
      const plain = join(root, name);
      return existsSync(plain) ? plain : join(root, encodeUtf7(name));
    },
    names: async () => {
      const entries = await readdir(root, { withFileTypes: true });
      const folders = entries.filter((entry) => entry.isDirectory() && /^\.[^.]/.test(entry.name));
      const there = folders.filter(({ name }) => existsSync(join(root, name, 'cur')));
      const named = there.map(({ name }) => mailboxOf((decodeUtf7(name) ?? name).slice(1).split('.')));
      return [...new Set([INBOX, ...named])];
    },
  };
}
