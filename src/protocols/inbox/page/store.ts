/** What the page knows, and what it does: one object, told to whoever draws it. */
import { Api, type Change, type Counts, type Message, type News, type Row } from './api.ts';

export type Connection = 'connecting' | 'live' | 'lost';

export interface State {
  readonly inbox: string;
  readonly query: string;
  /** Newest first. */
  readonly ids: readonly number[];
  readonly counts: Counts;
  readonly loaded: boolean;
  readonly connection: Connection;
  /** The message in the reader. */
  readonly opened: number | undefined;
  readonly message: Message | undefined;
  readonly chosen: ReadonlySet<number>;
  /** A sentence about what just happened. */
  readonly notice: string;
  /** Grows with every change of a row. */
  readonly rows: number;
  /** Grows with every change of a row's tags. */
  readonly tagged: number;
}

const NOTHING: Counts = { total: 0, unseen: 0, bytes: 0 };
/** Rows in one request. */
const BATCH = 60;
const KEPT = 5000;

export class Store {
  #state: State = {
    inbox: '',
    query: '',
    ids: [],
    counts: NOTHING,
    loaded: false,
    connection: 'connecting',
    opened: undefined,
    message: undefined,
    chosen: new Set(),
    notice: '',
    rows: 0,
    tagged: 0,
  };
  readonly #rows = new Map<number, Row>();
  readonly #asked = new Set<number>();
  readonly #listeners = new Set<() => void>();
  #api = new Api('');
  #events: EventSource | undefined;
  #loading: AbortController | undefined;
  #reading: AbortController | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  /** Rows that came in above what is on screen: the list keeps its place by it. */
  arrived = 0;

  get state(): State {
    return this.#state;
  }

  get api(): Api {
    return this.#api;
  }

  row(id: number): Row | undefined {
    return this.#rows.get(id);
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  notice(notice: string): void {
    this.#set({ notice });
  }

  async start(inbox: string, query: string): Promise<void> {
    this.#events?.close();
    this.#rows.clear();
    this.#asked.clear();
    this.#api = new Api(inbox);
    this.#set({ inbox, query, ids: [], loaded: false, chosen: new Set() });
    const cursor = await this.#load();
    if (cursor !== undefined) this.#follow(cursor);
  }

  async search(query: string): Promise<void> {
    if (query === this.#state.query) return;
    this.#set({ query, chosen: new Set() });
    await this.#load();
  }

  async #load(): Promise<number | undefined> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    try {
      const { ids, cursor, total, unseen, bytes } = await this.#api.ids(this.#state.query, loading.signal);
      this.#set({ ids, counts: { total, unseen, bytes }, loaded: true });
      return cursor;
    } catch (error) {
      if (!loading.signal.aborted) this.#set({ notice: (error as Error).message, loaded: true });
      return undefined;
    }
  }

  #follow(after: number): void {
    const events = this.#api.events(after);
    let before = false;
    this.#events = events;
    events.onopen = () => {
      this.#set({ connection: 'live' });
      // Arrivals are told by the stream; what was read or removed meanwhile is not.
      if (before) void this.#load();
      before = true;
    };
    events.onerror = () => this.#set({ connection: events.readyState === EventSource.CLOSED ? 'lost' : 'connecting' });
    events.addEventListener('news', (event) => this.#news(JSON.parse(event.data) as News));
  }

  #news({ added, changed, removed, reset, total, unseen, bytes }: News): void {
    const { ids, query, chosen, opened } = this.#state;
    const tagged = [...added, ...changed].filter((row) => this.#keep(row)).length;
    const counts = { total, unseen, bytes };
    if (reset || (query !== '' && added.length + changed.length > 0)) this.#soon();
    let now = ids;
    if (removed.length > 0) {
      const gone = new Set(removed.map(Number));
      for (const id of gone) this.#rows.delete(id);
      now = now.filter((id) => !gone.has(id));
    }
    if (query === '' && added.length > 0) {
      const known = new Set(now.slice(0, added.length + 1000));
      const fresh = added.map(({ id }) => Number(id)).filter((id) => !known.has(id));
      now = [...fresh.sort((a, b) => b - a), ...now];
      this.arrived += fresh.length;
    }
    const kept = chosen.size === 0 ? chosen : new Set([...chosen].filter((id) => this.#rows.has(id)));
    const closed =
      opened !== undefined && removed.includes(String(opened)) ? { opened: undefined, message: undefined } : {};
    this.#set({
      ids: now,
      counts,
      chosen: kept,
      rows: this.#state.rows + 1,
      tagged: this.#state.tagged + tagged,
      ...closed,
    });
  }

  /** Many changes in a row are one question. */
  #soon(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#load(), 80);
  }

  /** Whether its tags are others than before. */
  #keep(row: Row): boolean {
    const id = Number(row.id);
    const others = (this.#rows.get(id)?.tags ?? []).join('\n') !== row.tags.join('\n');
    this.#rows.delete(id);
    this.#rows.set(id, row);
    for (const oldest of this.#rows.keys()) {
      if (this.#rows.size <= KEPT) break;
      this.#rows.delete(oldest);
    }
    return others;
  }

  /** What is on screen, and a little more: asked for where it is not known. */
  async want(ids: readonly number[]): Promise<void> {
    const missing = ids.filter((id) => !this.#asked.has(id) && (this.#rows.get(id)?.snippet ?? null) === null);
    if (missing.length === 0) return;
    for (const id of missing) this.#asked.add(id);
    for (let at = 0; at < missing.length; at += BATCH) {
      const batch = missing.slice(at, at + BATCH);
      await this.#fetch(batch);
      for (const id of batch) this.#asked.delete(id);
    }
  }

  /** The server gives what it knows at once, so that it is drawn; what it has still to look into is asked for again. */
  async #fetch(batch: readonly number[]): Promise<void> {
    try {
      for (let left = batch, tries = 0; left.length > 0 && tries < 20; tries++) {
        for (const row of await this.#api.rows(left)) this.#keep(row);
        this.#set({ rows: this.#state.rows + 1 });
        left = left.filter((id) => this.#rows.get(id)?.snippet === null);
      }
    } catch (error) {
      this.#set({ notice: (error as Error).message });
    }
  }

  async open(id: number | undefined): Promise<void> {
    this.#reading?.abort();
    if (id === undefined) return this.#set({ opened: undefined, message: undefined });
    const reading = new AbortController();
    this.#reading = reading;
    this.#set({ opened: id });
    try {
      const message = await this.#api.message(String(id), reading.signal);
      this.#keep(message);
      this.#set({ message, rows: this.#state.rows + 1 });
      if (!message.seen) await this.change([id], { seen: true });
    } catch (error) {
      if (!reading.signal.aborted)
        this.#set({ opened: undefined, message: undefined, notice: (error as Error).message });
    }
  }

  /** The one that is `by` places further down. */
  beside(by: number): number | undefined {
    const { ids, opened } = this.#state;
    const at = opened === undefined ? -1 : ids.indexOf(opened);
    if (at === -1) return ids[0];
    return ids[Math.max(0, Math.min(ids.length - 1, at + by))];
  }

  choose(id: number, on: boolean): void {
    const chosen = new Set(this.#state.chosen);
    if (on) chosen.add(id);
    else chosen.delete(id);
    this.#set({ chosen });
  }

  chooseAll(on: boolean): void {
    this.#set({ chosen: on ? new Set(this.#state.ids) : new Set() });
  }

  async change(ids: readonly number[], change: Change): Promise<void> {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row) this.#rows.set(id, changed(row, change));
    }
    this.#set({ rows: this.#state.rows + 1 });
    await this.#try(() => this.#api.change({ ids: ids.map(String) }, change));
    if (change.add_tags || change.remove_tags) this.#set({ tagged: this.#state.tagged + 1 });
  }

  async remove(ids: readonly number[]): Promise<void> {
    const { opened } = this.#state;
    const next = opened !== undefined && ids.includes(opened) ? this.#after(ids) : opened;
    await this.#try(() => this.#api.remove({ ids: ids.map(String) }));
    if (next !== opened) await this.open(next);
  }

  /** What stands where the opened one stood, once these are gone. */
  #after(gone: readonly number[]): number | undefined {
    const { ids, opened } = this.#state;
    const left = new Set(gone);
    const at = ids.indexOf(opened ?? -1);
    return ids.slice(at).find((id) => !left.has(id)) ?? ids.slice(0, Math.max(at, 0)).findLast((id) => !left.has(id));
  }

  async #try(work: () => Promise<Counts>): Promise<void> {
    try {
      const { total, unseen, bytes } = await work();
      this.#set({ counts: { total, unseen, bytes } });
    } catch (error) {
      this.#set({ notice: (error as Error).message });
    }
  }
}

/** As the server will tell it. */
function changed(row: Row, { seen = row.seen, add_tags: added = [], remove_tags: removed = [] }: Change): Row {
  const tags = [...new Set([...row.tags, ...added])].filter((tag) => !removed.includes(tag));
  return { ...row, seen, tags };
}
