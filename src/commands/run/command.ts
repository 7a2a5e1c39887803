import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';
import { serviceNames } from '../serving/services.ts';

export const options = {
  timeout: o.duration('end the command after this long and exit 124', {}),
  failOn: o.choice(
    'turn success into 1 after: mail or a captured request no wait took, a server error, a connection left open',
    ['unexpected-mail', 'unexpected-request', 'error', 'leak'] as const,
    { many: true },
  ),
  envPreset: o.choice(
    'further names for frameworks',
    ['generic', 'laravel', 'django', 'rails', 'spring', 'nodemailer'] as const,
    {
      many: true,
    },
  ),
  map: o.text('a further name: MAIL_HOST={smtp.host}', { value: 'NAME=TPL', many: true }),
  envOverride: o.flag('set names that the environment already has'),
  printEnv: o.flag('print the environment instead of running a command, and stay until stopped'),
  logs: o.choice('show what the servers saw', ['failure', 'always', 'never'] as const, { default: 'failure' }),
};

export const runCommand = defineCommand({
  path: 'run',
  summary: 'run servers around a command',
  details:
    'Free ports, data in memory, random credentials. The command starts when every listener accepts, gets the servers as CS_* variables, and its exit code is the result. 125 to 127 are failures of cs itself, 124 is the time limit.',
  examples: [
    'cs run mail -- npm test',
    "cs run smtp -- sh -c 'cs send mail --to ann@x.test --text 123456 && cs wait mail --extract code'",
    'cs run mail --env-preset laravel --report junit=out/cs.xml -- php artisan test',
    'cs run mail --print-env > .env.cs',
  ],
  operands: [{ name: 'service', help: 'as in cs serve', many: true, required: true, choices: serviceNames() }],
  options,
  globals: ['servers', 'opening', 'reports', 'artifacts'],
  child: true,
  load: () => import('./run.ts'),
});
