import { defineCommand } from '../command.ts';
import { options } from './options.ts';

export const sendMailCommand = defineCommand({
  path: 'send mail',
  summary: 'submit a message by SMTP or LMTP',
  details:
    'Without a URL it goes to CS_SMTP_URL, else to the instance that CS_CONTROL or --name tells, else to ' +
    'smtp://127.0.0.1:1025. Refused recipients are told one by one; if some were accepted, the exit code is 12.',
  examples: [
    'cs send mail --to you@example.test --subject hi --text hello',
    'cs send mail smtp+starttls://mail.example.test --user ann --password-file pw --to bob@example.test --eml note.eml',
    'cs send mail --to a@x.test --html "<img src=cid:logo>" --inline "logo.png;cid=logo" --attach report.pdf',
    'cs send mail smtp://127.0.0.1:1025 --to a@x.test --quit-after rcpt --json',
    'cs send mail --to a@x.test --repeat 1000 --concurrency 20',
  ],
  operands: [{ name: 'url', help: 'smtp, smtps, submission or lmtp, with +starttls where TLS must be' }],
  options,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
