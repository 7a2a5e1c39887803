import { defineProtocol } from '../../contracts/protocol.ts';
import { clientOptions, options } from './options.ts';

export const pop3 = defineProtocol({
  name: 'pop3',
  family: 'mail',
  title: 'POP3 mailbox',
  schemes: {
    pop3: { standard: 110, dev: 1110, tls: 'starttls' },
    pop3s: { standard: 995, dev: 1995, tls: 'implicit', extra: true, title: 'POP3 over TLS' },
  },
  rfcs: ['RFC 1939', 'RFC 2449', 'RFC 2595', 'RFC 5034', 'RFC 6856'],
  needs: ['accounts', 'mail'],
  options,
  clientOptions,
  refusals: {
    connections: '-ERR [SYS/TEMP] too many connections, try again later\r\n',
    shutdown: '-ERR [SYS/TEMP] shutting down\r\n',
  },
  alpn: ['pop3'],
  faults: async () => Object.keys((await import('./commands.ts')).COMMANDS),
  server: () => import('./server.ts'),
  client: () => import('./client.ts'),
});
