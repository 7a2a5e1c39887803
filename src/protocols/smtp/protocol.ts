import { defineProtocol } from '../../contracts/protocol.ts';
import { clientOptions } from './client-options.ts';
import { options } from './options.ts';

export const smtp = defineProtocol({
  name: 'smtp',
  family: 'mail',
  title: 'SMTP and LMTP mail',
  schemes: {
    smtp: { standard: 25, dev: 1025, tls: 'starttls' },
    smtps: { standard: 465, dev: 1465, tls: 'implicit', extra: true, title: 'SMTP over TLS' },
    submission: { standard: 587, dev: 1587, tls: 'starttls', extra: true, title: 'SMTP submission (login required)' },
    lmtp: { standard: 24, dev: 1024, tls: 'starttls', extra: true, title: 'LMTP' },
  },
  rfcs: ['RFC 5321', 'RFC 1870', 'RFC 2033', 'RFC 2920', 'RFC 3030', 'RFC 3207', 'RFC 3461', 'RFC 4954', 'RFC 6531'],
  needs: ['accounts', 'delivery', 'journal'],
  options,
  clientOptions,
  faults: async () => (await import('./fault-words.ts')).FAULT_WORDS,
  server: () => import('./server.ts'),
  refusals: {
    connections: '421 4.7.0 too many connections, try again later\r\n',
    shutdown: '421 4.3.2 shutting down\r\n',
  },
  readyLimits: { message_bytes: 'size' },
  client: () => import('./client.ts'),
});
