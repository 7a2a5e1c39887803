import { defineProtocol } from '../../contracts/protocol.ts';
import { options } from './options.ts';

export const inbox = defineProtocol({
  name: 'inbox',
  family: 'mail',
  title: 'Web inbox and REST',
  schemes: {
    inbox: {
      standard: 8025,
      dev: 8025,
      tls: 'none',
      secured: 'https',
      exported: 'INBOX',
      rooted: true,
      opaque: true,
      shown: 'http',
    },
  },
  rfcs: ['RFC 9110', 'RFC 9112', 'RFC 6455'],
  needs: ['mail', 'delivery', 'release', 'queue', 'accounts', 'lent', 'journal', 'instance', 'names'],
  options,
  clientOptions: {},
  refusals: {
    connections: 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    shutdown: 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  },
  alpn: ['http/1.1'],
  companion: true,
  server: () => import('./server.ts'),
});
