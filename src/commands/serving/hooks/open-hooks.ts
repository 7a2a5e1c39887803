/** `--webhook`: facts of the journal told to other programs, from where the last start left off. */

import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenStore } from '../../../contracts/store.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { defaults } from '../../../kit/option.ts';
import { createDial } from '../../../net/dial.ts';
import { parseTarget } from '../../../net/target.ts';
import { protocols } from '../../../registry.ts';
import { schemes } from '../../reach.ts';
import type { ServingContext } from '../start.ts';
import { type Hook, parseHook } from './hook.ts';
import { HookSender, type Post } from './sender.ts';
import { secretKey, signedFields } from './signature.ts';

/** Milliseconds for one post. */
const TIMEOUT = 15_000;
/** Milliseconds between two notes of how far it got. */
const NOTED = 1000;

/** Throws `CS_USAGE` and `CS_INPUT` for options that make no sense. */
export async function openHooks(ctx: ServingContext, store: OpenStore): Promise<{ stop(): Promise<void> }> {
  const { options, ui } = ctx;
  const hooks = options.webhook.map(parseHook);
  const key = await secretOf(options.webhookSecretFile);
  const notes = await Progress.open(store.info.dir);
  const post = poster(ctx, key);
  const now = await store.journal.mark();
  // A new one hears of what happens from now on, also where it cannot be told before the next start.
  for (const hook of hooks) if (notes.of(hook) === undefined) notes.reached(hook, now);
  await notes.save();
  const senders = hooks.map((hook) => {
    const sender = new HookSender({
      hook,
      journal: store.journal,
      post,
      log: ui.log,
      from: notes.of(hook) ?? now,
      reached: (cursor) => notes.reached(hook, cursor),
    });
    sender.start();
    return sender;
  });
  return {
    stop: async () => {
      await Promise.all(senders.map((sender) => sender.stop()));
      await notes.save();
    },
  };
}

async function secretOf(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    return secretKey(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof CsError) throw error;
    throw new CsError('CS_INPUT', `cannot read --webhook-secret-file: ${asCsError(error).message}`, { cause: error });
  }
}

function poster(ctx: ServingContext, key: Buffer | undefined): Post {
  const http = protocols.find(({ name }) => name === 'http')!;
  return async (hook, id, body, stop) => {
    const { client } = await http.client!();
    const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT)]);
    setMaxListeners(0, signal);
    const { log } = ctx.ui;
    const dial = createDial({ signal, timeout: TIMEOUT, env: ctx.env, alpn: http.alpn, log });
    const target = parseTarget(hook.url, schemes(), { from: 'config' });
    // Nobody is led elsewhere with what happened here.
    const chosen = { ...defaults(http.clientOptions), redirects: 0 };
    const remote = await client.connect(dial, { target, options: chosen, log, signal });
    try {
      const at = Math.floor(Date.now() / 1000);
      const response = await remote.exchange!.send({
        method: 'POST',
        headers: [
          ['Content-Type', 'application/json'],
          ['User-Agent', `cs/${ctx.version}`],
          ...signedFields(id, at, body, key),
        ],
        body: {
          length: Buffer.byteLength(body),
          open: async function* () {
            yield Buffer.from(body);
          },
        },
        once: true,
      });
      await response.discard();
      return response.status;
    } finally {
      await remote[Symbol.asyncDispose]();
    }
  };
}

/** How far each webhook got, beside the data; in memory where there is none. */
class Progress {
  readonly #file: string | undefined;
  readonly #cursors: Map<string, number>;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(file: string | undefined, cursors: Map<string, number>) {
    this.#file = file;
    this.#cursors = cursors;
  }

  static async open(dir: string | null): Promise<Progress> {
    if (dir === null) return new Progress(undefined, new Map());
    const file = join(dir, 'webhooks.json');
    try {
      const found = Object.entries(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>);
      return new Progress(file, new Map(found.filter((one): one is [string, number] => Number.isSafeInteger(one[1]))));
    } catch {
      return new Progress(file, new Map());
    }
  }

  of(hook: Hook): number | undefined {
    return this.#cursors.get(keyOf(hook));
  }

  reached(hook: Hook, cursor: number): void {
    this.#cursors.set(keyOf(hook), cursor);
    if (this.#file === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => this.#write()).catch(() => {});
    }, NOTED);
    this.#timer.unref();
  }

  async save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    if (this.#file !== undefined) await this.#write().catch(() => {});
  }

  /** Whole or not at all; a note that is lost to a crash is a fact told twice. */
  async #write(): Promise<void> {
    const aside = `${this.#file}.part`;
    await writeFile(aside, JSON.stringify(Object.fromEntries(this.#cursors)), { mode: 0o600 });
    await rename(aside, this.#file!);
  }
}

/** The file may be read by others of this user: no URL with a token in it. */
function keyOf({ url, events }: Hook): string {
  return createHash('sha256')
    .update(`${url} ${events.join(',')}`)
    .digest('hex')
    .slice(0, 32);
}
