import type { Options, Values } from '../kit/option.ts';
import type { UserRecords } from './accounts.ts';
import type { Delivery } from './delivery.ts';
import type { FileTree } from './files.ts';
import type { Journal } from './journal.ts';
import type { MailHouse, MailStore } from './mail.ts';
import type { Spool } from './spool.ts';

/** What a 250 promises: nothing, to survive `kill -9`, to survive power loss. */
export type Durability = 'none' | 'process' | 'disk';

export interface StoreContext<O extends Options = Options> {
  /** Undefined for a store without one. Exists and is 0700 when the store gets it. */
  readonly dir: string | undefined;
  readonly options: Values<O>;
  readonly log: Log;
}

export interface OpenStore extends AsyncDisposable {
  readonly info: { readonly mode: 'memory' | 'disk'; readonly dir: string | null; readonly durability: Durability };
  readonly users: UserRecords;
  readonly journal: Journal;
  readonly mail: MailHouse;
  /** Takes mail for anybody and files it: to the authenticated user's own mailbox (SMTP user name), and to each recipient's. */
  readonly delivery: Delivery;
  /** Mail that is to leave. */
  readonly spool: Spool;
}

export interface StoreKind<O extends Options = Options> {
  readonly name: string;
  readonly title: string;
  /** Keeps its data in the directory of `--data`. */
  readonly directory?: true;
  readonly options: O;
  readonly open: () => Promise<{ open(ctx: StoreContext<O>): Promise<OpenStore> }>;
}

export interface TreeContext<O extends Options = Options> {
  /** An absolute directory. What a tree in memory is filled from; undefined leaves it empty. */
  readonly root: string | undefined;
  readonly options: Values<O>;
  readonly log: Log;
}

/** The same files for everybody; `stores/wrap/files` makes of it what one session may see and change. */
export interface OpenTree extends AsyncDisposable {
  readonly info: { readonly title: string; readonly durability: Durability };
  readonly tree: FileTree;
}

/** A place for files. Clients are trees too, and need no line here. */
export interface TreeKind<O extends Options = Options> {
  readonly name: string;
  readonly title: string;
  readonly options: O;
  readonly open: () => Promise<{ open(ctx: TreeContext<O>): Promise<OpenTree> }>;
}

export function defineTree<const O extends Options>(tree: TreeKind<O>): TreeKind<O> {
  return tree;
}

export type MailFilesFormat = 'maildir' | 'mbox' | 'eml';

/** Mail in files that other programs read too. */
export interface OpenMailFiles extends AsyncDisposable {
  readonly mail: MailStore;
  readonly format: MailFilesFormat;
  /** One file, and so one mailbox. */
  readonly single: boolean;
  /** The message will have this uid in a later run as well. */
  isLasting(uid: number): boolean;
}

export interface MailFilesKind {
  readonly formats: Readonly<Record<MailFilesFormat, string>>;
  /** @param format as what stands there, where it is left out */
  readonly open: () => Promise<{ open(path: string, format?: MailFilesFormat): Promise<OpenMailFiles> }>;
}

export function defineMailFiles(kind: MailFilesKind): MailFilesKind {
  return kind;
}

/** One record: an event name and facts. Never a sentence, never a secret. */
export type Log = (level: 'error' | 'warn' | 'info' | 'debug' | 'trace', event: string, facts?: LogFacts) => void;
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>;

export function defineStore<const O extends Options>(store: StoreKind<O>): StoreKind<O> {
  return store;
}
