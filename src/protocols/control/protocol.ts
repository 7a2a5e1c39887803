import { defineProtocol } from '../../contracts/protocol.ts';
import { clientOptions, options } from './options.ts';

/** How `cs wait`, `mark`, `clear` and `cs://NAME/...` reach a running instance: HTTP on a 0600 Unix socket. */
export const control = defineProtocol({
  name: 'control',
  family: 'control',
  title: 'control API',
  schemes: { cs: { standard: 0, dev: 0, tls: 'none' } },
  rfcs: ['RFC 9110', 'RFC 9112'],
  needs: ['journal', 'mail', 'queue', 'files', 'instance'],
  options,
  clientOptions,
  refusals: {
    connections: 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    shutdown: 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  },
  alpn: ['http/1.1'],
  hidden: true,
  server: () => import('./server.ts'),
  client: () => import('./client.ts'),
});
