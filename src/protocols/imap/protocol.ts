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
  rfcs: [
    'RFC 9051', // IMAP4rev2
    'RFC 3501', // IMAP4rev1
    'RFC 2177', // IDLE
    'RFC 2342', // NAMESPACE
    'RFC 2971', // ID
    'RFC 3348', // CHILDREN
    'RFC 3502', // MULTIAPPEND
    'RFC 3516', // BINARY
    'RFC 3691', // UNSELECT
    'RFC 4315', // UIDPLUS
    'RFC 4466', // extended grammar
    'RFC 4731', // ESEARCH
    'RFC 4959', // SASL-IR
    'RFC 4978', // COMPRESS
    'RFC 5032', // WITHIN
    'RFC 5051', // collation of SORT
    'RFC 5161', // ENABLE
    'RFC 5182', // SEARCHRES
    'RFC 5256', // SORT, THREAD
    'RFC 5258', // LIST-EXTENDED
    'RFC 5267', // ESORT
    'RFC 5530', // response codes
    'RFC 5819', // LIST-STATUS
    'RFC 5957', // SORT=DISPLAY
    'RFC 6154', // SPECIAL-USE
    'RFC 6851', // MOVE
    'RFC 6855', // UTF8=ACCEPT
    'RFC 6857', // mail beyond ASCII for others
    'RFC 6858', // the same, of ENVELOPE
    'RFC 7162', // CONDSTORE, QRESYNC
    'RFC 7888', // LITERAL+
    'RFC 7889', // APPENDLIMIT
    'RFC 8437', // UNAUTHENTICATE
    'RFC 8438', // STATUS=SIZE
    'RFC 8474', // OBJECTID
    'RFC 8508', // REPLACE
    'RFC 8514', // SAVEDATE
    'RFC 8970', // PREVIEW
    'RFC 9208', // QUOTA
    'RFC 9394', // PARTIAL
    'RFC 9585', // INPROGRESS
    'RFC 9586', // UIDONLY
  ],
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
