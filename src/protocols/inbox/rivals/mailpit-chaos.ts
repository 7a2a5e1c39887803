/** Mailpit's chaos: three places where SMTP fails with a chosen code and probability, as faults of ours (`--fail mail:5%:451`). */
import type { Json } from '../../../contracts/journal.ts';
import type { ReplyFault } from '../../../kit/faults.ts';
import { jsonReply, type Reply } from '../../shared/http/reply.ts';
import type { HttpRequest, Route } from '../../shared/http/route.ts';
import { bodyOf } from '../api/choice.ts';
import type { Desk } from '../inbox.ts';
import { textReply } from './shown-html.ts';

const TRIGGERS = [
  { name: 'Sender', command: 'mail', code: 451 },
  { name: 'Recipient', command: 'rcpt', code: 451 },
  { name: 'Authentication', command: 'auth', code: 535 },
] as const;

export function chaosEnabled({ ctx }: Desk): boolean {
  return ctx.options.chaos === 'on' && ctx.chosenFaults !== undefined;
}

export function chaosRoutes(desk: Desk): readonly Route[] {
  const path = '/api/v1/chaos';
  const faults = desk.ctx.chosenFaults;
  const enabled =
    (work: (chosen: NonNullable<typeof faults>, request: HttpRequest) => Promise<Reply> | Reply): Route['handle'] =>
    async (request) => {
      // Every server of the instance has the same: no token's affair.
      await desk.access.unconfined(request);
      return faults && chaosEnabled(desk) ? work(faults, request) : textReply('Chaos is not enabled', 400);
    };
  return [
    { method: 'GET', path, safe: true, handle: enabled((chosen) => jsonReply(told(chosen.now))) },
    {
      method: 'PUT',
      path,
      safe: false,
      handle: enabled(async (chosen, request) => {
        const wanted = asked(await bodyOf(request));
        if (typeof wanted === 'string') return textReply(wanted, 400);
        // Others may have been chosen, and are nobody's of Mailpit.
        const ours = new Set<string>(TRIGGERS.map(({ command }) => command));
        chosen.choose([...chosen.now.filter(({ command }) => !ours.has(command)), ...wanted]);
        return jsonReply(told(chosen.now));
      }),
    },
  ];
}

/** Those with a probability, or what is wrong, in Mailpit's words. What is left out is off. */
function asked(body: { readonly [key: string]: Json | undefined }): readonly ReplyFault[] | string {
  const faults: ReplyFault[] = [];
  for (const { name, command, code } of TRIGGERS) {
    const trigger = (body[name] ?? {}) as { readonly ErrorCode?: Json; readonly Probability?: Json };
    const { ErrorCode = 0, Probability = 0 } = trigger;
    const number = ErrorCode === 0 ? code : ErrorCode;
    if (!whole(number) || number < 400 || number > 599) return 'error code must be between 400 and 599';
    if (!whole(Probability) || Probability < 0 || Probability > 100) return 'probability must be between 0 and 100';
    faults.push({ command, share: Probability / 100, times: undefined, code: String(number) });
  }
  return faults;
}

function whole(value: Json): value is number {
  return Number.isInteger(value);
}

function told(now: readonly ReplyFault[]): Json {
  const pairs = TRIGGERS.map(({ name, command, code }) => {
    const fault = now.find((one) => one.command === command);
    return [
      name,
      { ErrorCode: Number(fault?.code ?? code), Probability: Math.round((fault?.share ?? 0) * 100) },
    ] as const;
  });
  return Object.fromEntries(pairs);
}
