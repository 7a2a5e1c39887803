/** The server as the page sees it: paths relative to where the page lies, JSON in and out. */

export interface Address {
  readonly name: string;
  readonly address: string;
}

export interface Row {
  readonly id: string;
  readonly uid: number;
  readonly size: number;
  readonly received_at: string;
  readonly from: Address;
  readonly to: readonly Address[];
  readonly subject: string;
  readonly date: string;
  readonly message_id: string;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly seen: boolean;
  readonly flagged: boolean;
  readonly answered: boolean;
  readonly tags: readonly string[];
  /** Null: the server has not looked into it yet. */
  readonly snippet: string | null;
  readonly attachments: number | null;
}

export interface Part {
  readonly part: string;
  readonly depth: number;
  readonly role: 'html' | 'text' | 'attachment' | 'container';
  readonly type: string;
  readonly name: string;
  readonly size: number;
  readonly disposition: string;
  readonly content_id: string;
}

export interface Message extends Row {
  readonly headers: readonly (readonly [string, string])[];
  readonly html: string | null;
  readonly text: string | null;
  readonly parts: readonly Part[];
  readonly cut: boolean;
}

export interface Checks {
  readonly links: readonly {
    readonly url: string;
    readonly kind: string;
    readonly times: number;
    readonly problems: readonly string[];
  }[];
  readonly html: {
    readonly scores: Readonly<Record<string, number>>;
    readonly features: readonly {
      readonly name: string;
      readonly support: Readonly<Record<string, string>>;
      readonly advice: string;
    }[];
    readonly notes: readonly string[];
  } | null;
  readonly unsubscribe: {
    readonly links: readonly string[];
    readonly one_click: boolean;
    readonly problems: readonly string[];
  } | null;
}

interface Judged {
  readonly result: string;
  readonly reason?: string;
  readonly domain?: string;
}

export interface Authentication {
  /** False: nobody may be asked, and nothing is known. */
  readonly checked: boolean;
  readonly notes: readonly string[];
  readonly hint?: string;
  readonly client: { readonly address: string } | null;
  readonly spf: Judged | null;
  readonly dkim: readonly (Judged & { readonly selector?: string })[];
  readonly dmarc: (Judged & { readonly policy?: string; readonly aligned?: readonly string[] }) | null;
  readonly arc:
    | (Judged & {
        readonly oldest_pass: number | null;
        readonly hops: readonly { readonly instance: number; readonly domain?: string; readonly results: string }[];
      })
    | null;
}

export interface Delivered {
  readonly server: string;
  readonly with: string;
  readonly helo: string;
  readonly address: string;
  readonly user: string | null;
  readonly secure: boolean;
}

export interface Transcript {
  readonly delivered: Delivered | null;
  readonly transcript: string | null;
}

/** An inbox or a tag, and how many messages it has. */
export interface Named {
  readonly name: string;
  readonly messages: number;
}

export interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly in_reply_to?: string;
}

export interface Counts {
  readonly total: number;
  readonly unseen: number;
  readonly bytes: number;
}

export interface Ids extends Counts {
  readonly cursor: number;
  readonly ids: readonly number[];
}

export interface News extends Counts {
  readonly cursor: number;
  readonly reset: boolean;
  readonly added: readonly Row[];
  readonly changed: readonly Row[];
  readonly removed: readonly string[];
}

export type Choice = { readonly ids: readonly string[] } | { readonly query: string } | { readonly all: true };
export interface Change {
  readonly seen?: boolean;
  readonly flagged?: boolean;
  readonly add_tags?: readonly string[];
  readonly remove_tags?: readonly string[];
}

/** What the server said in refusing. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    ...(signal ? { signal } : {}),
  });
  const value = await response.json();
  if (!response.ok) throw new Refused(response.status, String(value.message ?? response.statusText));
  return value as T;
}

/** Of a lent inbox; it stays in the page's address, so that a reload shows the same. */
export const TOKEN = new URLSearchParams(globalThis.location?.search).get('token') ?? undefined;

export const query = (words: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries({ ...words, token: TOKEN }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
};

/** One inbox; '' is the one that the server gives by itself. */
export class Api {
  readonly #inbox: string | undefined;

  constructor(inbox: string) {
    this.#inbox = inbox === '' ? undefined : inbox;
  }

  ids(q: string, signal?: AbortSignal): Promise<Ids> {
    return call('GET', `api/ids${query({ q, inbox: this.#inbox })}`, undefined, signal);
  }

  async rows(ids: readonly number[]): Promise<readonly Row[]> {
    const path = `api/messages${query({ ids: ids.join(','), quick: '1', inbox: this.#inbox })}`;
    const { messages } = await call<{ messages: readonly Row[] }>('GET', path);
    return messages;
  }

  message(id: string, signal?: AbortSignal): Promise<Message> {
    return call('GET', `api/messages/${id}${query({ inbox: this.#inbox })}`, undefined, signal);
  }

  authentication(id: string, signal?: AbortSignal): Promise<Authentication> {
    return call('GET', `api/messages/${id}/authentication${query({ inbox: this.#inbox })}`, undefined, signal);
  }

  checks(id: string, signal?: AbortSignal): Promise<Checks> {
    return call('GET', `api/messages/${id}/checks${query({ inbox: this.#inbox })}`, undefined, signal);
  }

  transcript(id: string, signal?: AbortSignal): Promise<Transcript> {
    return call('GET', `api/messages/${id}/transcript${query({ inbox: this.#inbox })}`, undefined, signal);
  }

  send(letter: Letter): Promise<{ readonly id: string }> {
    return call('POST', `api/messages${query({})}`, letter);
  }

  release(id: string, to: readonly string[]): Promise<{ readonly id: string }> {
    return call('POST', `api/messages/${id}/release${query({ inbox: this.#inbox })}`, { to });
  }

  inboxes(): Promise<{ readonly inboxes: readonly Named[] }> {
    return call('GET', `api/inboxes${query({})}`);
  }

  tags(): Promise<{ readonly tags: readonly Named[] }> {
    return call('GET', `api/tags${query({ inbox: this.#inbox })}`);
  }

  async source(id: string, signal?: AbortSignal): Promise<string> {
    const response = await fetch(this.sourceUrl(id), signal ? { signal } : {});
    return response.text();
  }

  sourceUrl(id: string, download = false): string {
    return `api/messages/${id}/source${query({ inbox: this.#inbox, download: download ? '1' : undefined })}`;
  }

  partUrl(id: string, part: string): string {
    return `api/messages/${id}/parts/${part}${query({ inbox: this.#inbox })}`;
  }

  change(choice: Choice, change: Change): Promise<Counts> {
    return call('PATCH', `api/messages${query({ inbox: this.#inbox })}`, { ...choice, ...change });
  }

  remove(choice: Choice): Promise<Counts> {
    return call('DELETE', `api/messages${query({ inbox: this.#inbox })}`, choice);
  }

  events(after: number): EventSource {
    return new EventSource(`api/events${query({ after: String(after), inbox: this.#inbox })}`);
  }
}
