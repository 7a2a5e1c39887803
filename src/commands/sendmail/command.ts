import { defineCommand } from '../command.ts';

export const sendmailCommand = defineCommand({
  path: 'sendmail',
  summary: 'submit a message in the manner of /usr/sbin/sendmail',
  details:
    'Reads a message from stdin. -t takes the recipients from its headers, -i (-oi) does not end it at a lone dot, ' +
    '-f ADDR is the envelope sender, -F NAME the full name, -N, -R and -V are the notification options of RFC 3461, ' +
    '-B 8BITMIME the body type, -v shows the dialogue, -bs speaks SMTP on stdin and stdout, -bp lists the (empty) queue, -q runs it. ' +
    'Other flags of sendmail are read and ignored. It goes to CS_SMTP_URL, else to the own instance, else to ' +
    'smtp://127.0.0.1:1025. Exit codes are those of cs.',
  examples: ['cs sendmail -t -i < note.eml', 'cs sendmail -f ann@x.test bob@x.test < note.eml', 'cs sendmail -bs'],
  operands: [{ name: 'recipient', help: 'an envelope recipient', many: true }],
  options: {},
  globals: ['clients'],
  ownArguments: true,
  load: () => import('./run.ts'),
});
