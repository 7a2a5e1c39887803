import { defineProtocol } from '../../contracts/protocol.ts';
import { clientOptions } from './client-options.ts';
import { options } from './options.ts';

export const http = defineProtocol({
  name: 'http',
  family: 'web',
  title: 'HTTP files and pages',
  schemes: {
    http: { standard: 80, dev: 8080, tls: 'none', secured: 'https', exported: 'WEB', rooted: true, opaque: true },
    https: {
      standard: 443,
      dev: 8443,
      tls: 'implicit',
      extra: true,
      title: 'HTTP over TLS',
      rooted: true,
      opaque: true,
    },
  },
  rfcs: ['RFC 9110', 'RFC 9111', 'RFC 9112', 'RFC 9113', 'RFC 7578', 'RFC 8246', 'RFC 8615'],
  needs: ['files', 'accounts', 'journal'],
  options,
  clientOptions,
  refusals: {
    connections: 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    shutdown: 'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  },
  alpn: ['h2', 'http/1.1'],
  sites: 'vhost',
  workers: true,
  jots: () => import('./record.ts'),
  server: () => import('./server.ts'),
  client: () => import('./client.ts'),
});
