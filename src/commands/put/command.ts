import { defineCommand } from '../command.ts';
import { recursive, transferOptions } from '../transfers/options.ts';

export const putOptions = { recursive, ...transferOptions };

export const putCommand = defineCommand({
  path: 'put',
  summary: 'upload files, or stdin, to a URL',
  details:
    'As cs cp, with a URL for a target. - is stdin; then the URL names the file. A file appears under its name when all of it is there.',
  examples: [
    'cs put report.pdf ftp://ann@files.example.test/incoming/',
    'cs put -r ./dist ftp://127.0.0.1:2121/www/',
    'pg_dump app | cs put - ftp://ann@files.example.test/backup/app.sql',
  ],
  operands: [
    { name: 'file', help: 'what is uploaded', required: true },
    { name: 'more', help: 'further files, and the URL at the end', required: true, many: true },
  ],
  options: putOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
