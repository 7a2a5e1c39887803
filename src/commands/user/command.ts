import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';
import { clients, servers } from '../globals.ts';

const DETAILS =
  'Accounts live in the data directory and hold for every protocol. A running server sees a change at the next login.';

export const place = { data: servers.data };

export const password = {
  scram: o.flag('keep a SCRAM-SHA-256 verifier too, so that the password need not be sent'),
  generate: o.flag('make a random password of 128 bits and print it once'),
  passwordFile: clients.passwordFile,
  passwordFd: clients.passwordFd,
  password: clients.password,
};

export const addOptions = {
  ...place,
  address: o.text('a mail address that belongs to the account', { value: 'A', many: true }),
  ...password,
};
export const passwdOptions = { ...place, ...password };

const name = { name: 'name', help: 'a word, or a mail address, which then belongs to it', required: true } as const;

export const userAddCommand = defineCommand({
  path: 'user add',
  summary: 'make an account',
  details: DETAILS,
  examples: [
    'cs user add ann@x.test --data ./data --generate',
    'cs user add ann --data ./data --address ann@x.test --address sales@x.test --password-file - < secret.txt',
  ],
  operands: [name],
  options: addOptions,
  globals: [],
  load: async () => ({ run: (await import('./run.ts')).add }),
});

export const userRmCommand = defineCommand({
  path: 'user rm',
  summary: 'remove an account; its mail stays',
  examples: ['cs user rm ann@x.test --data ./data'],
  operands: [name],
  options: place,
  globals: [],
  load: async () => ({ run: (await import('./run.ts')).rm }),
});

export const userLsCommand = defineCommand({
  path: 'user ls',
  summary: 'list the accounts',
  examples: ['cs user ls --data ./data', 'cs user ls --data ./data --json'],
  operands: [],
  options: place,
  globals: [],
  load: async () => ({ run: (await import('./run.ts')).ls }),
});

export const userPasswdCommand = defineCommand({
  path: 'user passwd',
  summary: 'set the password of an account',
  details: `${DETAILS} An account with a SCRAM verifier keeps one, for the new password.`,
  examples: ['cs user passwd ann@x.test --data ./data', 'cs user passwd ann --data ./data --generate --scram'],
  operands: [name],
  options: passwdOptions,
  globals: [],
  load: async () => ({ run: (await import('./run.ts')).passwd }),
});
