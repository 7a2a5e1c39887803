import { defineMailFiles } from '../../contracts/store.ts';

export const mailFiles = defineMailFiles({
  formats: {
    maildir: 'a directory for each mailbox, a file for each message, flags in its name',
    mbox: 'a file for each mailbox (RFC 4155, mboxrd)',
    eml: 'a directory for each mailbox, a file NAME.eml for each message; it keeps no flags',
  },
  open: () => import('./open.ts'),
});
