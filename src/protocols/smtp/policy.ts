import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Recipient } from '../../contracts/delivery.ts';
import type { ServerContext } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import type { ReplyFaults } from '../../kit/faults.ts';
import { Distrust } from '../shared/distrust.ts';
import { openReplyFaults } from '../shared/reply-faults.ts';
import { Memo } from './memo.ts';
import { EXTENSIONS, type options } from './options.ts';
import type { Parsed } from './parameters.ts';
import type { Sender } from './transaction.ts';

/** Lines kept of each kind; at 1,200 octets the longest cost a megabyte. */
const REMEMBERED = 1000;

export type SmtpContext = ServerContext<'accounts' | 'delivery' | 'journal', typeof options>;
export type Extension = (typeof EXTENSIONS)[number];

/** What holds for every conversation of one server. */
export interface Policy {
  readonly ctx: SmtpContext;
  readonly lmtp: boolean;
  /** Bare CR and LF end lines or are content. */
  readonly lenient: boolean;
  /** MAIL is refused to who is not logged in (RFC 6409 section 4.3). */
  readonly loginRequired: boolean;
  readonly faults: ReplyFaults;
  readonly distrust: Distrust;
  /** What MAIL said before. */
  readonly senders: Memo<Parsed<Sender>>;
  /** What RCPT said before, without and with SMTPUTF8. */
  readonly recipients: readonly [Memo<Parsed<Recipient>>, Memo<Parsed<Recipient>>];
  offers(extension: Extension): boolean;
  /** May this address say on whose behalf it speaks? */
  believes(address: string): boolean;
}

/** Throws `CS_USAGE` for an option that makes no sense. */
export function createPolicy(ctx: SmtpContext): Policy {
  const { options, server } = ctx;
  const written = openReplyFaults(options);
  const offered = new Set<Extension>(EXTENSIONS.filter((name) => !options.hide.includes(name)));
  // A binary message has no other way in (RFC 3030 section 3).
  if (!offered.has('chunking')) offered.delete('binarymime');
  if (ctx.tls === 'off' || ctx.tls === 'implicit') offered.delete('starttls');
  return {
    ctx,
    lmtp: server.scheme === 'lmtp',
    lenient: options.newline === 'lenient',
    loginRequired: server.scheme === 'submission',
    faults: (command) => written(command) ?? ctx.chosenFaults?.strike(command),
    distrust: new Distrust('smtp', ctx),
    senders: new Memo(REMEMBERED),
    recipients: [new Memo(REMEMBERED), new Memo(REMEMBERED)],
    offers: (extension) => offered.has(extension),
    believes: networks(options.xclientFrom),
  };
}

function networks(written: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of written) {
    const [address = '', length] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    const most = family === 'ipv4' ? 32 : 128;
    const bits = length === undefined ? most : Number(length);
    if (!(isIPv4(address) || isIPv6(address)) || !Number.isInteger(bits) || bits < 0 || bits > most) {
      throw new CsError('CS_USAGE', `not a network: ${JSON.stringify(network)}`, { hint: 'write 10.0.0.0/8, ::1' });
    }
    list.addSubnet(address, bits, family);
  }
  return (address) => {
    if (isIPv4(address)) return list.check(address, 'ipv4');
    return isIPv6(address) && list.check(address, 'ipv6');
  };
}
