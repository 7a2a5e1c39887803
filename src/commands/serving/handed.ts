/** What the servers of one start are handed: accounts, mail and its ways, files, themselves. */
import { createAccounts } from '../../auth/accounts.ts';
import { openLending } from '../../auth/lent-inboxes.ts';
import type { Accounts } from '../../contracts/accounts.ts';
import type { Delivery } from '../../contracts/delivery.ts';
import type { FileHouse } from '../../contracts/files.ts';
import type { Services } from '../../contracts/services.ts';
import type { Queue, Spool } from '../../contracts/spool.ts';
import type { OpenStore } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import type { MailNames } from '../../kit/mail-names.ts';
import { counted } from '../../stores/wrap/counted.ts';
import { serverName } from './doors.ts';
import { mailNames } from './mail-names.ts';
import { noRelease } from './no-release.ts';
import type { ServedRelay } from './open-relay.ts';
import { servedDelivery } from './open-store.ts';
import type { Running, ServingContext } from './start.ts';

const NO_FILES: FileHouse = {
  of: () => {
    throw new CsError('CS_NOT_FOUND', 'no files are served here');
  },
};

/** What the servers are handed; `instance` answers once `attach` has told it what is running. */
export async function handOut(ctx: ServingContext, store: OpenStore, files: FileHouse = NO_FILES) {
  const accounts = servedAccounts(ctx, store);
  const names = await mailNames(ctx);
  const relay = await servedRelay(ctx, store, accounts, names);
  const taken = relay?.delivery ?? servedDelivery(store, accounts, ctx.options);
  const delivery = await stamped(ctx, names, await greylisted(ctx, store, accounts, taken));
  let running: Running | undefined;
  let mails = 0;
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const lent = await openLending({ records: store.users, mail: store.mail, journal: store.journal, log: ctx.ui.log });
  const services: Services = {
    accounts,
    lent,
    mail: store.mail,
    journal: store.journal,
    queue: pushed(store.spool, () => relay?.wake()),
    delivery: counted(delivery, () => {
      mails += 1;
    }),
    release: relay?.release ?? noRelease('no mail leaves here'),
    files,
    names,
    instance: {
      ready: () => running?.ready ?? {},
      state: () => running?.state() ?? {},
      stop: async () => stop(),
      reload: async () => running?.reload(),
    },
  };
  return {
    services,
    lent,
    relay,
    stopped,
    mails: () => mails,
    attach: (value: Running) => {
      running = value;
    },
  };
}

function servedAccounts({ options, ui }: ServingContext, store: OpenStore): Accounts {
  return createAccounts({
    records: store.users,
    mode: options.auth,
    journal: store.journal,
    log: ui.log,
    throttleLoopback: options.throttleLoopback,
  });
}

async function greylisted(
  { options }: ServingContext,
  { journal }: OpenStore,
  accounts: Accounts,
  delivery: Delivery,
): Promise<Delivery> {
  const { greylist: delay } = options;
  if (delay === undefined) return delivery;
  const { greylist } = await import('../../stores/wrap/greylist.ts');
  const { networkKey } = await import('../../net/address.ts');
  // With `--auth any` whoever logs in under a name that is no account's has proved nothing, and `ann+x` is not `ann`.
  const proven = async (user: string): Promise<boolean> => (await accounts.owner(user))?.name === user;
  return greylist(delivery, { delay, networkOf: networkKey, proven, journal });
}

/** Throws `CS_USAGE` where nobody may be asked. */
async function stamped(
  { options }: ServingContext,
  names: MailNames | undefined,
  delivery: Delivery,
): Promise<Delivery> {
  if (!options.authenticationResults) return delivery;
  if (!names) {
    throw new CsError('CS_USAGE', '--authentication-results has nobody to ask', {
      hint: '--dns system, --dns ADDR or --zone FILE',
    });
  }
  const { authenticated } = await import('../../stores/wrap/authenticated.ts');
  return authenticated(delivery, { names, hostname: serverName() });
}

/** Undefined where no mail leaves, which is what nobody has to ask for. */
async function servedRelay(
  ctx: ServingContext,
  store: OpenStore,
  accounts: Accounts,
  names: MailNames | undefined,
): Promise<ServedRelay | undefined> {
  const { relay, deliver, relayAllow, dkimKey } = ctx.options;
  if (relay === undefined && !deliver && relayAllow.length === 0 && dkimKey === undefined) return undefined;
  const { openRelay } = await import('./open-relay.ts');
  return openRelay(ctx, store, accounts, names);
}

/** Whoever pushes the queue wants it to move now. */
function pushed(spool: Spool, wake: () => void): Queue {
  return {
    list: () => spool.list(),
    read: (id, range) => spool.read(id, range),
    remove: (ids) => spool.remove(ids),
    retry: async (ids) => {
      const count = await spool.retry(ids);
      wake();
      return count;
    },
  };
}
