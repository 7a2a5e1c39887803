import { defineCommand } from '../command.ts';
import { serviceNames } from '../serving/services.ts';
import { options } from './options.ts';

export const serveCommand = defineCommand({
  path: 'serve',
  summary: 'run servers in the foreground',
  details:
    'A service is a protocol or a family; a family starts its members. Without one, what cs.yaml says. Mail services bring the inbox, a page on port 8025. Everything listens on 127.0.0.1 and ::1 unless told otherwise, and keeps its data in memory unless --data names a directory.',
  examples: [
    'cs serve smtp                      catch mail on port 1025',
    'cs serve smtp pop3 --data ./mail   keep it, synced before it is acknowledged',
    'cs serve mail --port 0 --json      free ports; the first line of stdout says which',
    'cs serve smtp smtps --auth required --data ./mail',
    'cs serve web ./dist                a build; cs serve web page.html is one page',
    'cs serve web ./dist --workers 2    by two processes',
  ],
  operands: [
    {
      name: 'service',
      help: 'a protocol, or a family: mail web file; what has a dot or a separator in it is the root of files',
      many: true,
      choices: serviceNames(),
    },
  ],
  options,
  globals: ['servers', 'opening'],
  load: () => import('./run.ts'),
});
