/** Mailbox names as the contract has them (Unicode, parted by `/`) and as this server has them. */
import { CsError } from '../../../kit/errors.ts';
import { canonicalName, decodeMailbox, encodeMailbox } from '../syntax/mailbox-name.ts';
import { astring, type Written } from '../syntax/write.ts';

/** What stands for the sign that parts names, where a server allows `/` inside of one. */
const SLASH = '\u2215';

export class Names {
  readonly #utf8: boolean;
  /** Parts names here; '' on a server without any hierarchy. */
  readonly #delimiter: string;
  /** Before every name of ours (`INBOX.`), and before none of the contract's. */
  readonly #prefix: string;

  constructor(utf8: boolean, delimiter: string, prefix: string) {
    this.#utf8 = utf8;
    this.#delimiter = delimiter;
    this.#prefix = prefix;
  }

  /** Undefined for what is no name. */
  fromServer(binary: string): string | undefined {
    const name = decodeMailbox(binary, this.#utf8);
    if (name === undefined) return undefined;
    if (/^inbox$/i.test(name)) return 'INBOX';
    const own = this.#prefix !== '' && name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : name;
    return canonicalName(this.#swap(own));
  }

  /** Throws `CS_INPUT` for a name that this server cannot have. */
  toServer(name: string): string {
    if (/^inbox$/i.test(name)) return 'INBOX';
    if (name === '' || /[\0\r\n]/.test(name))
      throw new CsError('CS_INPUT', `not a mailbox name: ${JSON.stringify(name)}`);
    const parts = name.split('/');
    const parting = this.#delimiter;
    if (parting !== '/' && parting !== '' && parts.some((part) => part.includes(parting))) {
      throw new CsError(
        'CS_INPUT',
        `this server parts names by ${JSON.stringify(parting)}: ${JSON.stringify(name)} is none here`,
      );
    }
    if (parting === '' && parts.length > 1)
      throw new CsError('CS_INPUT', 'this server has no mailboxes inside of others');
    const own = parts.map((part) => (parting === '/' ? part : part.replaceAll(SLASH, '/'))).join(parting);
    const below = /^inbox\//i.test(name) && this.#prefix !== '';
    return encodeMailbox(below ? own : `${this.#prefix}${own}`, this.#utf8);
  }

  written(name: string): Written {
    return astring(this.toServer(name), this.#utf8);
  }

  #swap(name: string): string {
    if (this.#delimiter === '/') return name;
    const slashed = name.replaceAll('/', SLASH);
    return this.#delimiter === '' ? slashed : slashed.replaceAll(this.#delimiter, '/');
  }
}
