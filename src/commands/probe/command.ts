import { defineCommand } from '../command.ts';

export const probeCommand = defineCommand({
  path: 'probe',
  summary: 'what a server offers: banner, TLS, capabilities, logins, latency',
  details: 'Logs in nowhere and changes nothing. A certificate that does not verify is told as a fact.',
  examples: [
    'cs probe smtp://mail.example.test',
    'cs probe pop3s://mail.example.test --json',
    'cs probe smtp://127.0.0.1:1025 --pick capabilities',
    'cs probe https://www.example.test/ --pick protocols',
  ],
  operands: [{ name: 'url', help: 'the server', required: true }],
  options: {},
  globals: ['clients', 'reports'],
  load: () => import('./run.ts'),
});
