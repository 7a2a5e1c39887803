/**
 * What an earlier run has copied: which message of the source is which of the target. Appended as it happens, so that a kill
 * loses nothing but the last lines; where it is lost or another mailbox stands there, messages are compared by what they say.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CsError } from '../../../kit/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `$CS_STATE_DIR/mail-sync`, `$XDG_STATE_HOME/cs/mail-sync`, or `~/.local/state/cs/mail-sync`. */
export function stateDirectory(env: Environment): string {
  if (env.CS_STATE_DIR) return join(env.CS_STATE_DIR, 'mail-sync');
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
  return join(state, 'cs', 'mail-sync');
}

export interface StateKey {
  readonly from: string;
  readonly to: string;
  readonly mailbox: string;
  readonly toMailbox: string;
}

export interface Validity {
  readonly from: number;
  readonly to: number;
}

const HEAD = /^cs-mail-sync 1 (\d{1,10}) (\d{1,10}) (\{.*\})$/;
const PAIR = /^(\d{1,10}) (\d{1,10})$/;
const UNKEPT = /^unkept (\S+)$/;
const BEGUN = /^begun ([\d,]+)$/;

export class SyncState implements Disposable {
  /** Uids of the source → of the target. */
  readonly pairs = new Map<number, number>();
  /** Flags that the target does not keep, in lower case. */
  readonly unkept = new Set<string>();
  /** Of the source: handed over, and nobody has said what became of them. */
  readonly begun = new Set<number>();
  readonly #path: string | undefined;
  #file: number | undefined;

  private constructor(path: string | undefined) {
    this.#path = path;
  }

  /** Throws `CS_LOCKED` while another run is at the same mailbox. @param dryRun nothing is written */
  static open(directory: string | undefined, key: StateKey, validity: Validity, dryRun: boolean): SyncState {
    const { from, to, mailbox, toMailbox } = key;
    const whole = JSON.stringify({ from, to, mailbox, toMailbox });
    const name = createHash('sha256').update(whole).digest('hex').slice(0, 40);
    const state = new SyncState(directory && join(directory, name));
    const before = state.#read(validity, whole);
    if (!dryRun && state.#path !== undefined) state.#begin(validity, whole, before);
    return state;
  }

  /** These go over now. Until `add`, or `ended` where they were refused, they may be in the target or not. */
  begin(uids: readonly number[]): void {
    for (const uid of uids) this.begun.add(uid);
    this.#write(`begun ${uids.join(',')}\n`);
  }

  /** It is known now that they did not arrive, or where. */
  ended(uids: readonly number[]): void {
    for (const uid of uids) this.begun.delete(uid);
    this.#write(uids.map((uid) => `${uid} 0\n`).join(''));
  }

  add(pairs: readonly (readonly [from: number, to: number])[]): void {
    for (const [from, to] of pairs) {
      this.pairs.set(from, to);
      this.begun.delete(from);
    }
    this.#write(pairs.map(([from, to]) => `${from} ${to}\n`).join(''));
  }

  cannotKeep(flags: readonly string[]): void {
    const news = flags.map((flag) => flag.toLowerCase()).filter((flag) => !this.unkept.has(flag));
    for (const flag of news) this.unkept.add(flag);
    this.#write(news.map((flag) => `unkept ${flag}\n`).join(''));
  }

  [Symbol.dispose](): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    rmSync(`${this.#path}.lock`, { force: true });
  }

  #write(lines: string): void {
    if (this.#file !== undefined && lines !== '') writeSync(this.#file, lines);
  }

  /** How many lines there were; a last one without its end was never finished. */
  #read(validity: Validity, key: string): number {
    if (this.#path === undefined || !existsSync(this.#path)) return 0;
    const lines = readFileSync(this.#path, 'utf8').split('\n').slice(0, -1);
    const [, from, to, known] = HEAD.exec(lines[0] ?? '') ?? [];
    if (Number(from) !== validity.from || Number(to) !== validity.to || known !== key) return 0;
    for (const line of lines) {
      const [, source, target] = PAIR.exec(line) ?? [];
      if (source !== undefined) {
        if (target !== '0') this.pairs.set(Number(source), Number(target));
        this.begun.delete(Number(source));
      }
      for (const uid of BEGUN.exec(line)?.[1]?.split(',') ?? []) this.begun.add(Number(uid));
      const flag = UNKEPT.exec(line)?.[1];
      if (flag !== undefined) this.unkept.add(flag);
    }
    return lines.length;
  }

  #begin(validity: Validity, key: string, before: number): void {
    const path = this.#path!;
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    lock(`${path}.lock`);
    const lines = [...this.pairs].map(([from, to]) => `${from} ${to}`);
    const flags = [...this.unkept].map((flag) => `unkept ${flag}`);
    // Written anew where it is of another mailbox, or has grown by lines that say nothing any more.
    const begun = this.begun.size > 0 ? [`begun ${[...this.begun].join(',')}`] : [];
    const stale = before === 0 || before > 2 * (lines.length + flags.length) + 100;
    if (stale || !readFileSync(path, 'utf8').endsWith('\n')) {
      const head = `cs-mail-sync 1 ${validity.from} ${validity.to} ${key}`;
      writeFileSync(`${path}.new`, `${[head, ...lines, ...flags, ...begun].join('\n')}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
    this.#file = openSync(path, 'a', 0o600);
  }
}

/** One of a dead process is nobody's. */
function lock(path: string): void {
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid > 0 && pid !== process.pid && isAlive(pid)) break;
    rmSync(path, { force: true });
  }
  throw new CsError('CS_LOCKED', 'another sync of the same mailboxes runs', { hint: `if none does: rm ${path}` });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
