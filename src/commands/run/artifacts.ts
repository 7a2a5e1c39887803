/** `--artifacts DIR`: everything a person needs to see why it failed. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { eventObject } from '../serving/events.ts';
import type { Running } from '../serving/start.ts';
import { aftermath } from './aftermath.ts';
import type { Conversations } from './conversations.ts';

/** Names on disk are our own ids: `mail/12.eml`, `transcripts/smtp-c3.txt`, `events.ndjson`, `ready.json`. */
export async function writeArtifacts(dir: string, running: Running, conversations: Conversations): Promise<void> {
  const folder = (name: string): Promise<unknown> => mkdir(join(dir, name), { recursive: true });
  await folder('mail');
  await folder('transcripts');
  await writeFile(join(dir, 'ready.json'), `${JSON.stringify(running.ready)}\n`);
  const { facts } = await aftermath(running, []);
  await writeFile(join(dir, 'events.ndjson'), facts.map((fact) => `${JSON.stringify(eventObject(fact))}\n`).join(''));
  for (const { server, conn, text } of conversations.all) {
    await writeFile(join(dir, 'transcripts', `${server}-${conn.replace(/[^\w.-]/g, '_')}.txt`), text);
  }
  const captured = await running.store.mail.of('*');
  for (const { uid } of await captured.list('INBOX')) {
    await pipeline(Readable.from(captured.read('INBOX', uid)), createWriteStream(join(dir, 'mail', `${uid}.eml`)));
  }
}
