/** The last conversations of each server, bounded: what a failure report shows. */
import type { TranscriptSink } from '../serving/doors.ts';

const PER_SERVER = 20;
const OCTETS = 64 * 1024;

export interface Conversation {
  readonly server: string;
  readonly conn: string;
  readonly text: string;
}

export class Conversations {
  readonly #all = new Map<string, Map<string, string>>();

  readonly sink: TranscriptSink = (server, conn, line) => {
    let mine = this.#all.get(server);
    if (mine === undefined) {
      mine = new Map();
      this.#all.set(server, mine);
    }
    const before = mine.get(conn) ?? '';
    if (before.length < OCTETS) mine.set(conn, `${before}${line}\n`);
    const [oldest] = mine.keys();
    if (mine.size > PER_SERVER && oldest !== undefined) mine.delete(oldest);
  };

  /** Newest last. */
  of(server: string): readonly Conversation[] {
    return [...(this.#all.get(server) ?? [])].map(([conn, text]) => ({ server, conn, text }));
  }

  get all(): readonly Conversation[] {
    return [...this.#all.keys()].flatMap((server) => this.of(server));
  }
}
