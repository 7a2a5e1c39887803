/** Address lists (RFC 5322 section 3.4), old and broken ones too. Never an error. */
import { delimited, scan, type Token } from './scanner.ts';

/** As in ENVELOPE (RFC 9051 section 7.5.2): a group begins with a mailbox without host and ends with neither. */
export interface Address {
  readonly name?: string;
  /** Source route, `@a,@b`. */
  readonly route?: string;
  readonly mailbox?: string;
  readonly host?: string;
}

const SPECIALS = '<>@,;:';

/** Counts addresses over several fields; what comes after the last is left out. */
export interface Budget {
  left: number;
}

export function addressList(text: string, budget: Budget = { left: 1000 }): Address[] {
  const list: Address[] = [];
  const reader = new ListReader((address) => {
    if (budget.left <= 0) return;
    budget.left -= 1;
    list.push(address);
  });
  for (const token of scan(text, SPECIALS)) {
    if (budget.left <= 0) break;
    reader.take(token);
  }
  reader.end();
  return list;
}

/** One list, token after token. */
class ListReader {
  readonly #found: (address: Address) => void;
  #inGroup = false;
  #inAngle = false;
  /** Before `<` or `@`. */
  #phrase = '';
  #comment: string | undefined;
  #local: string | undefined;
  #host: string | undefined;
  #route = '';
  #angle = false;

  constructor(found: (address: Address) => void) {
    this.#found = found;
  }

  take(token: Token): void {
    if (token.kind === 'comment') {
      if (!this.#inAngle) this.#comment = token.text.trim();
    } else if (token.kind === 'word') this.#word(token.text, token.spaced);
    else this.#special(token.text);
  }

  end(): void {
    this.#finish();
    if (this.#inGroup) this.#found({});
    this.#inGroup = false;
  }

  #word(text: string, spaced: boolean): void {
    if (this.#host !== undefined) this.#host += text;
    else if (this.#inAngle) this.#local = joined(this.#local ?? '', text, spaced);
    else if (!this.#angle) this.#phrase = joined(this.#phrase, text, spaced);
  }

  #special(text: string): void {
    if (text === '@') this.#at();
    else if (text === '<') this.#open();
    else if (text === '>') this.#inAngle = false;
    else if (text === ':') this.#colon();
    else if (text === ',') this.#comma();
    else this.#semicolon();
  }

  #at(): void {
    if (this.#inAngle) {
      // `a@b@c`: the last one counts, as it does for whoever delivers.
      if (this.#host !== undefined) this.#local = `${this.#local ?? ''}@${this.#host}`;
    } else if (this.#angle) return;
    else if (this.#local === undefined) {
      this.#local = this.#phrase;
      this.#phrase = '';
    } else this.#local += `@${this.#host ?? ''}`;
    this.#host = '';
  }

  #open(): void {
    if (this.#inAngle) return;
    // `a@b <c@d>`: what looked like an address was a name.
    if (this.#local !== undefined) this.#phrase = `${this.#local}@${this.#host ?? ''}`;
    this.#inAngle = true;
    this.#angle = true;
    this.#local = undefined;
    this.#host = undefined;
  }

  #colon(): void {
    if (this.#inAngle) {
      this.#addRoute();
    } else if (!this.#inGroup && !this.#angle && this.#local === undefined && this.#phrase !== '') {
      this.#found({ mailbox: this.#phrase });
      this.#inGroup = true;
      this.#reset();
    } else this.#word(':', false);
  }

  #comma(): void {
    // `<@a,@b:c@d>`
    if (this.#inAngle && this.#local === undefined && this.#host !== undefined) this.#addRoute();
    else this.#finish();
  }

  #addRoute(): void {
    this.#route += `${this.#route === '' ? '' : ','}@${this.#host ?? ''}`;
    this.#local = undefined;
    this.#host = undefined;
  }

  #semicolon(): void {
    this.#finish();
    if (this.#inGroup) this.#found({});
    this.#inGroup = false;
  }

  #finish(): void {
    const name = this.#phrase.trim();
    if (this.#angle) {
      const [mailbox, host] = [this.#local ?? '', this.#host ?? ''];
      const named = name !== '' ? name : this.#comment;
      if (mailbox !== '' || host !== '' || named) {
        this.#found({ ...(named && { name: named }), ...(this.#route && { route: this.#route }), mailbox, host });
      }
    } else if (this.#local !== undefined || name !== '') {
      const mailbox = this.#local ?? name;
      this.#found({ ...(this.#comment && { name: this.#comment }), mailbox, host: this.#host ?? '' });
    }
    this.#reset();
  }

  #reset(): void {
    this.#inAngle = false;
    this.#angle = false;
    this.#phrase = '';
    this.#comment = undefined;
    this.#local = undefined;
    this.#host = undefined;
    this.#route = '';
  }
}

function joined(before: string, text: string, spaced: boolean): string {
  return before === '' || !spaced ? before + text : `${before} ${text}`;
}

/** Identifiers between angles, as in References; others are left out. At most `limit`. */
export function messageIds(text: string, limit: number): string[] {
  const ids: string[] = [];
  for (let at = text.indexOf('<'); at !== -1 && ids.length < limit; at = text.indexOf('<', at)) {
    const [inside, end] = delimited(text, at, '>');
    if (text[end - 1] !== '>') break;
    const id = inside.slice(inside.lastIndexOf('<') + 1).replace(/\s+/g, '');
    if (id !== '') ids.push(`<${id}>`);
    at = end;
  }
  return ids;
}
