/** Whether it lives, whether it can take work, and its numbers as Prometheus reads them (text format 0.0.4). */
import type { Json } from '../../../contracts/journal.ts';
import { residentMemory } from '../../../kit/resident-memory.ts';
import type { Reply } from '../../shared/http/reply.ts';
import type { Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function healthRoutes(desk: Desk): readonly Route[] {
  const text = (status: number, body: string): Reply => ({
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: `${body}\n`,
  });
  return [
    { method: 'GET', path: '/livez', safe: true, handle: () => text(200, 'ok') },
    {
      method: 'GET',
      path: '/readyz',
      safe: true,
      // Ready: the store answers, and the process keeps up.
      handle: async (request) => {
        if (request.conn.draining.aborted) return text(503, 'stopping');
        if (desk.ctx.overloaded?.()) return text(503, 'overloaded');
        try {
          await desk.inboxes.journal.mark();
          return text(200, 'ok');
        } catch {
          return text(503, 'the store does not answer');
        }
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      safe: true,
      handle: async (request) => {
        await desk.access.unconfined(request);
        return { status: 200, headers: { 'Content-Type': TYPE }, body: await metrics(desk) };
      },
    },
  ];
}

interface Series {
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly help: string;
  readonly values: readonly (readonly [labels: string, value: number])[];
}

async function metrics({ ctx, inboxes }: Desk): Promise<string> {
  const { mailbox } = await inboxes.open('*', 'INBOX');
  const queued = await ctx.services.queue.list();
  const waiting = queued.reduce((sum, { recipients }) => sum + recipients.length, 0);
  const { servers = [] } = ctx.services.instance.state();
  const doors = (Array.isArray(servers) ? servers : []) as readonly { readonly [key: string]: Json }[];
  const perServer = (key: string): Series['values'] =>
    doors.flatMap((door) => {
      const value = door[key];
      return typeof value === 'number'
        ? [[`{server="${String(door.id).replace(/[\\"\n]/g, '')}"}`, value] as const]
        : [];
    });
  const one = (value: number): Series['values'] => [['', value]];
  const series: readonly Series[] = [
    { name: 'cs_mail_messages', kind: 'gauge', help: 'Messages that are kept.', values: one(mailbox.messages) },
    { name: 'cs_mail_unseen', kind: 'gauge', help: 'Of them, not read yet.', values: one(mailbox.unseen) },
    { name: 'cs_mail_bytes', kind: 'gauge', help: 'Octets of them.', values: one(mailbox.bytes) },
    { name: 'cs_mail_stored_total', kind: 'counter', help: 'Messages ever stored.', values: one(mailbox.uidNext - 1) },
    { name: 'cs_queue_recipients', kind: 'gauge', help: 'Recipients of mail on its way out.', values: one(waiting) },
    { name: 'cs_connections', kind: 'gauge', help: 'Open connections.', values: perServer('connections') },
    { name: 'cs_connections_total', kind: 'counter', help: 'Connections accepted.', values: perServer('accepted') },
    { name: 'cs_connections_refused_total', kind: 'counter', help: 'Turned away.', values: perServer('refused') },
    {
      name: 'process_resident_memory_bytes',
      kind: 'gauge',
      help: 'Resident memory.',
      values: one(residentMemory()),
    },
  ];
  return series
    .filter(({ values }) => values.length > 0)
    .map(({ name, kind, help, values }) => {
      const lines = values.map(([labels, value]) => `${name}${labels} ${value}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
    })
    .join('');
}
