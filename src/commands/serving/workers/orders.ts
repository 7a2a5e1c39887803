/** What the first process and its workers tell each other. */
import type { Json } from '../../../contracts/journal.ts';

/** `order`: asked by a worker at its start. */
export interface WorkerOrder {
  /** Service id → port; never 0. */
  readonly ports: { readonly [id: string]: number };
  readonly workers: number;
  /** The store's journal writes facts to a disk. */
  readonly durable: boolean;
  /** base64: whoever has a ticket of one worker may show it to another. */
  readonly ticketKeys: string;
  /** What the worker had counted whose place this one takes. */
  readonly inherited: { readonly [name: string]: Json };
}

/** `listening`: told by a worker once all its doors accept. */
export interface Listens {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly port: number;
}

/** `report`: told by a worker now and then, and at its end. */
export interface Report {
  readonly doors: { readonly [id: string]: Counts };
  readonly parts: { readonly [name: string]: Json };
}

export interface Counts {
  readonly connections: number;
  readonly accepted: number;
  readonly refused: number;
  readonly failed: number;
}

/** `claim`: asked by a worker that is about to work on a thing. `release`: asked of all the others then. */
export interface Claimed {
  readonly name: string;
  readonly thing: string;
}
