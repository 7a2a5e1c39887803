import type { Accounts } from '../../contracts/accounts.ts';
import { CsError } from '../../kit/errors.ts';
import type { Logins } from '../shared/http/login/logins.ts';
import { HttpRefusal } from '../shared/http/refusal.ts';
import type { HttpRequest } from '../shared/http/route.ts';
import type { Catalogue } from './model/catalogue.ts';
import { EVERYTHING, type Inboxes } from './model/inboxes.ts';

const LENGTH = 320;

/** Whose mail a request may see: on a capture server anybody's, where accounts are required one's own. */
export class Access {
  readonly #accounts: Accounts;
  readonly #logins: Logins;
  readonly #inboxes: Inboxes;

  constructor(accounts: Accounts, logins: Logins, inboxes: Inboxes) {
    this.#accounts = accounts;
    this.#logins = logins;
    this.#inboxes = inboxes;
  }

  /** The account's name; '' on a server that needs none. Throws 401 with a challenge. */
  async user(request: HttpRequest): Promise<string> {
    const user = await this.#logins.user(request);
    return this.#accounts.mode === 'required' ? user : '';
  }

  /** `?inbox=` and `?mailbox=`, fresh. Throws 401, 403, `CS_NOT_FOUND`. */
  async open(request: HttpRequest): Promise<Catalogue> {
    return this.#inboxes.open(await this.owner(request), request.query.get('mailbox') ?? 'INBOX');
  }

  async owner(request: HttpRequest): Promise<string> {
    const user = await this.user(request);
    const wanted = request.query.get('inbox')?.toLowerCase() ?? (user === '' ? EVERYTHING : user);
    if (wanted.length > LENGTH || /[\u0000-\u001f\u007f]/.test(wanted) || wanted === '') {
      throw new CsError('CS_INPUT', 'this cannot be the name of an inbox');
    }
    if (user === '' || wanted === user) return wanted;
    // An address of one's own is one's own inbox.
    if ((await this.#accounts.owner(wanted))?.name === user) return user;
    throw new HttpRefusal(403, 'this inbox is another account’s');
  }
}
