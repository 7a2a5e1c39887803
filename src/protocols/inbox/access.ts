import type { Accounts, Identity } from '../../contracts/accounts.ts';
import type { LentInboxes } from '../../contracts/lent.ts';
import { CsError } from '../../kit/errors.ts';
import { challenge, type Logins } from '../shared/http/login/logins.ts';
import { HttpRefusal } from '../shared/http/refusal.ts';
import type { HttpRequest } from '../shared/http/route.ts';
import type { Catalogue } from './model/catalogue.ts';
import { EVERYTHING, type Inboxes } from './model/inboxes.ts';
import type { Principal } from './model/principal.ts';
import { withToken } from './token.ts';

const LENGTH = 320;

/** Whose mail a request may see: on a capture server anybody's, where accounts are required and with a token one's own. */
export class Access {
  readonly #accounts: Accounts;
  readonly #logins: Logins;
  readonly #inboxes: Inboxes;
  readonly #lent: LentInboxes;

  constructor(accounts: Accounts, logins: Logins, inboxes: Inboxes, lent: LentInboxes) {
    this.#accounts = accounts;
    this.#logins = logins;
    this.#inboxes = inboxes;
    this.#lent = lent;
  }

  /** Throws 401 with a challenge. */
  async principal(request: HttpRequest): Promise<Principal> {
    const identity = await this.#logins.identity(withToken(request));
    if (identity.confined) return this.#confined(identity);
    return { user: this.#accounts.mode === 'required' ? identity.name : '', confined: false, life: undefined };
  }

  /** The account's name; '' on a server that needs none. Throws 401 with a challenge. */
  async user(request: HttpRequest): Promise<string> {
    return (await this.principal(request)).user;
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

  /** For what tells of the whole server. Throws 403 for a token. */
  async unconfined(request: HttpRequest): Promise<Principal> {
    const principal = await this.principal(request);
    if (principal.confined) throw new HttpRefusal(403, 'the token of an inbox is for that inbox only');
    return principal;
  }

  /** A connection is believed for a while to be the account that it was: a token is not. */
  async #confined({ name }: Identity): Promise<Principal> {
    const life = await this.#lent.life(name);
    if (life === undefined || life.aborted) throw challenge('this inbox is gone');
    return { user: name, confined: true, life };
  }
}
