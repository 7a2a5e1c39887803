import { defineProtocol } from '../../contracts/protocol.ts';
import { clientOptions, options } from './options.ts';

export const imap = defineProtocol({
  name: 'imap',
  family: 'mail',
  title: 'IMAP mailboxes',
  schemes: {
    imap: { standard: 143, dev: 1143, tls: 'starttls' },
    imaps: { standard: 993, dev: 1993, tls: 'implicit', extra: true, title: 'IMAP over TLS' },
  },
  rfcs: ['RFC 9051', 'RFC 3501', 'RFC 7162', 'RFC 6851', 'RFC 4315'],
  needs: ['accounts', 'mail'],
  options,
  clientOptions,
  refusals: {
    connections: '* BYE [UNAVAILABLE] too many connections, try again later\r\n',
    shutdown: '* BYE [UNAVAILABLE] shutting down\r\n',
  },
  alpn: ['imap'],
  faults: async () => Object.keys((await import('./commands.ts')).COMMANDS),
  server: () => import('./server.ts'),
  client: () => import('./client.ts'),
});
