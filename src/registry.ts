/** What `cs` speaks and where it keeps things. To add a protocol or a store is to add one line here. */
import type { Protocol } from './contracts/protocol.ts';
import type { StoreKind, TreeKind } from './contracts/store.ts';
import { control } from './protocols/control/protocol.ts';
import { ftp } from './protocols/ftp/protocol.ts';
import { http } from './protocols/http/protocol.ts';
import { imap } from './protocols/imap/protocol.ts';
import { inbox } from './protocols/inbox/protocol.ts';
import { pop3 } from './protocols/pop3/protocol.ts';
import { smtp } from './protocols/smtp/protocol.ts';
import { disk } from './stores/disk/tree.ts';
import { embedded } from './stores/embedded/store.ts';
import { mailFiles } from './stores/mail-files/store.ts';
import { memory } from './stores/memory/store.ts';
import { memoryTree } from './stores/memory-tree/tree.ts';

/** Their options and needs differ; whoever walks the list reads them as data. */
// biome-ignore lint/suspicious/noExplicitAny: the list holds protocols of any needs and options
export type AnyProtocol = Protocol<any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: the list holds stores of any options
export type AnyStore = StoreKind<any>;
// biome-ignore lint/suspicious/noExplicitAny: the list holds trees of any options
export type AnyTree = TreeKind<any>;

export const protocols: readonly AnyProtocol[] = [smtp, imap, pop3, inbox, http, ftp, control];

export const stores: readonly AnyStore[] = [memory, embedded];

/** Where files are kept: `memory`, `disk`. Every client whose remote has `files` is a tree too. */
export const trees: readonly AnyTree[] = [memoryTree, disk];

/** Mail in files of other programs' formats: what is imported and exported. */
export { mailFiles };
