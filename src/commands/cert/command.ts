import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

export const certCaCommand = defineCommand({
  path: 'cert ca',
  summary: 'the local certificate authority: made if there is none, and where it is',
  details:
    'It may vouch for localhost, names below .localhost and .test, loopback and private addresses, and for nothing else. ' +
    'Servers take their certificates from it by themselves. No trust store is touched: see cs cert trust.',
  examples: ['cs cert ca', 'curl --cacert "$(cs cert ca --pick path)" https://localhost:8443/'],
  operands: [],
  options: {},
  globals: [],
  load: async () => ({ run: (await import('./run.ts')).ca }),
});

export const issueOptions = {
  certFile: o.text('write the certificate chain here; HOST.pem without it', { value: 'FILE' }),
  keyFile: o.text('write the private key here, readable by you alone; HOST-key.pem without it', { value: 'FILE' }),
};

export const certIssueCommand = defineCommand({
  path: 'cert issue',
  summary: 'a certificate of the local authority, for another program',
  examples: ['cs cert issue app.test 192.168.1.7', 'cs cert issue localhost --cert-file tls.crt --key-file tls.key'],
  operands: [{ name: 'host', help: 'a name or address it is for', required: true, many: true }],
  options: issueOptions,
  globals: [],
  load: async () => ({ run: (await import('./issue.ts')).run }),
});

export const certShowCommand = defineCommand({
  path: 'cert show',
  summary: 'what certificates say: those of the local authority, or of a file',
  examples: ['cs cert show', 'cs cert show /etc/ssl/mine.pem --json'],
  operands: [{ name: 'file', help: 'PEM; without one, the authority and what it issued', many: true }],
  options: {},
  globals: [],
  load: async () => ({ run: (await import('./run.ts')).show }),
});

export const certTrustCommand = defineCommand({
  path: 'cert trust',
  summary: 'print the commands that make systems and browsers trust the local authority; changes nothing',
  examples: ['cs cert trust', 'cs cert trust --pick commands.debian'],
  operands: [],
  options: {},
  globals: [],
  load: async () => ({ run: (await import('./run.ts')).trust }),
});
