import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';
import { exchangeOptions } from '../exchange/options.ts';
import { recursive, transferOptions } from '../transfers/options.ts';

export const getOptions = {
  recursive,
  ...transferOptions,
  continue: { ...transferOptions.continue, short: 'C' },
  checksum: o.text('what came has to have this hash, or there is no file (sha256, sha512, sha1, md5, crc32)', {
    value: 'NAME:HEX',
  }),
  header: o.text("a header of an HTTP request, 'Name: value'; 'Name:@FILE' reads the value", {
    value: 'HEADER',
    many: true,
  }),
  ...exchangeOptions,
};

export const getCommand = defineCommand({
  path: 'get',
  summary: 'fetch a file, a page or a message, octet for octet; or files and directories',
  details:
    'One thing goes to stdout, or with -o to a file that appears under its name only when it is complete, with its time. ' +
    'Several things (a pattern, -r, several URLs) go below the directory that -o names, or the working directory. ' +
    'A message is named by the id that `cs ls` shows in its first column; a uid or number does too. --json without -o gives the thing with its facts instead: of a message that a server of ours took also who delivered it, and the conversation.',
  examples: [
    'cs get ftp://files.example.test/pub/report.pdf -o report.pdf',
    "cs get 'ftp://files.example.test/logs/2026-*.gz' -o ./logs",
    'cs get -r ftp://files.example.test/pub/ -o ./pub --continue',
    'cs get https://files.example.test/big.iso -o big.iso -C --checksum sha256:9f86d081...',
    'cs get cs://dev/mail/41 -o mail.eml',
    'cs get cs://dev/mail/41 --pick subject',
    'cs get cs://dev/mail/41 --pick transcript',
  ],
  operands: [{ name: 'url', help: 'the thing', required: true, many: true }],
  options: getOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
