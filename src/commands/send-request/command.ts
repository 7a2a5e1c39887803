import { defineCommand } from '../command.ts';
import { options } from './options.ts';

export const sendRequestCommand = defineCommand({
  path: 'send request',
  summary: 'one HTTP request: its answer, its timing, and what it had to be',
  details:
    'An ITEM is Header:value, name==value for the query, name=value and name:=JSON for the content, name@file for an ' +
    'upload; name=@file and name:=@file read the value from a file. Content is a JSON object unless --form, or a file among ' +
    'the items, makes it a form. The method is GET, with content POST. Redirects are followed; credentials go to the first ' +
    'origin alone. A status from 400 on is a failure (404 ends with 11, a login with 4, 429 and 5xx with 10, others with 9) ' +
    'unless --expect status=... or --any-status says otherwise; an expectation that is not met ends with 1.',
  examples: [
    'cs send request http://127.0.0.1:8080/api/users',
    'cs send request POST http://127.0.0.1:8080/api/users name=Ann admin:=true',
    'cs send request PUT http://127.0.0.1:8080/up/a.bin --data @a.bin',
    'cs send request http://127.0.0.1:8080/api/users/7 --expect status=200 --expect json:.name=Ann',
    'cs send request -f POST http://127.0.0.1:8080/upload title=Report file@report.pdf',
    'cs send request https://api.example.test/me --auth bearer --password-file token --pick body.id',
  ],
  operands: [
    { name: 'method', help: 'GET, POST ... may be left out', required: true },
    { name: 'url', help: 'http or https' },
    { name: 'item', help: 'a part of the request', many: true },
  ],
  options,
  globals: ['clients', 'reports'],
  load: () => import('./run.ts'),
});
