/** What `cs` speaks and where it keeps things. To add a protocol or a store is to add one line here. */
import type { Protocol } from './contracts/protocol.ts';
import type { StoreKind } from './contracts/store.ts';
import { control } from './protocols/control/protocol.ts';
import { http } from './protocols/http/protocol.ts';
import { pop3 } from './protocols/pop3/protocol.ts';
import { smtp } from './protocols/smtp/protocol.ts';
import { embedded } from './stores/embedded/store.ts';
import { memory } from './stores/memory/store.ts';

/** Their options and needs differ; whoever walks the list reads them as data. */
// biome-ignore lint/suspicious/noExplicitAny: the list holds protocols of any needs and options
export type AnyProtocol = Protocol<any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: the list holds stores of any options
export type AnyStore = StoreKind<any>;

export const protocols: readonly AnyProtocol[] = [smtp, pop3, http, control];

export const stores: readonly AnyStore[] = [memory, embedded];
