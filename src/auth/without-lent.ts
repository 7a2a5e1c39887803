import type { Accounts, Identity } from '../contracts/accounts.ts';

/** For servers of anything but mail: the login of a lent inbox opens nothing else. */
export function withoutLent(accounts: Accounts): Accounts {
  const own = (identity: Identity | undefined): Identity | undefined => (identity?.confined ? undefined : identity);
  const { bearer, scram } = accounts;
  return {
    mode: accounts.mode,
    verify: async (...asked) => own(await accounts.verify(...asked)),
    settle: async (...asked) => own(await accounts.settle(...asked)),
    owner: async (address) => own(await accounts.owner(address)),
    ...(bearer && { bearer: async (...asked) => own(await bearer.apply(accounts, asked)) }),
    ...(scram && { scram: (user) => scram.call(accounts, user) }),
  };
}
