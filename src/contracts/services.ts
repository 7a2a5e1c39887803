import type { MailNames } from '../kit/mail-names.ts';
import type { Accounts } from './accounts.ts';
import type { Delivery } from './delivery.ts';
import type { Exchange } from './exchange.ts';
import type { FileHouse, FileTree } from './files.ts';
import type { Instance } from './instance.ts';
import type { Journal, Json } from './journal.ts';
import type { LentInboxes } from './lent.ts';
import type { MailHouse, MailStore } from './mail.ts';
import type { Queue } from './spool.ts';

/** What a server can be handed. It gets those it named under `needs`, and no others. */
export interface Services {
  readonly accounts: Accounts;
  readonly lent: LentInboxes;
  readonly mail: MailHouse;
  readonly delivery: Delivery;
  /** Stored mail that somebody lets go by hand: only into the queue, only for `--relay-allow`. Throws `CS_DENIED` otherwise. */
  readonly release: Delivery;
  readonly queue: Queue;
  readonly files: FileHouse;
  readonly journal: Journal;
  readonly instance: Instance;
  /** Who answers what the checks of mail ask of DNS; undefined: nobody may be asked, this server stays offline. */
  readonly names: MailNames | undefined;
}

export type Need = keyof Services;

/** What a client turns a server into. `bye` says goodbye in the protocol's own way (QUIT) and closes. */
export interface Remote extends AsyncDisposable {
  readonly mail?: MailStore;
  readonly delivery?: Delivery;
  readonly files?: FileTree;
  readonly exchange?: Exchange;
  readonly journal?: Journal;
  readonly house?: MailHouse;
  /** Mail of an instance that is on its way out. */
  readonly queue?: Queue;
  readonly instance?: Instance;
  /** What the conversation has shown so far (banner, capabilities, TLS, timings), as `probe` gives it. */
  readonly facts?: () => { readonly [key: string]: Json };
}
