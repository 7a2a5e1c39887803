import { defineProtocol } from '../../contracts/protocol.ts';
import { clientOptions } from './client-options.ts';
import { options } from './options.ts';

export const ftp = defineProtocol({
  name: 'ftp',
  family: 'file',
  title: 'FTP files',
  schemes: {
    ftp: { standard: 21, dev: 2121, tls: 'starttls' },
    ftps: { standard: 990, dev: 2990, tls: 'implicit', extra: true, title: 'FTP over TLS' },
  },
  rfcs: ['RFC 959', 'RFC 1123', 'RFC 2228', 'RFC 2389', 'RFC 2428', 'RFC 2640', 'RFC 3659', 'RFC 4217', 'RFC 7151'],
  needs: ['accounts', 'files'],
  options,
  clientOptions,
  refusals: {
    connections: '421 too many connections, try again later\r\n',
    shutdown: '421 shutting down\r\n',
  },
  alpn: ['ftp'],
  beside: true,
  faults: async () => Object.keys((await import('./commands.ts')).COMMANDS),
  server: () => import('./server.ts'),
  client: () => import('./client.ts'),
});
