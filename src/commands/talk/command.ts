import * as o from '../../kit/option.ts';
import { defineCommand } from '../command.ts';

export const talkOptions = {
  raw: o.flag('send octets as they come: line ends stay as they are and .starttls is not special'),
};

export const talkCommand = defineCommand({
  path: 'talk',
  summary: 'a raw conversation, line by line, also past STARTTLS',
  details:
    'Lines from the terminal or from stdin are sent with CRLF; what the server says comes out as it is. A line that is ' +
    '.starttls begins TLS, after the command that asks for it was answered. When stdin ends, our half is closed and the ' +
    'server may finish. --timeout, when given, limits the whole conversation. --transcript FILE saves it as a test.',
  examples: [
    'cs talk smtp://127.0.0.1:1025',
    "printf 'CAPA\\nQUIT\\n' | cs talk pop3://127.0.0.1:1110",
    "printf 'STLS\\n.starttls\\nCAPA\\nQUIT\\n' | cs talk pop3://mail.example.test --transcript talk.txt",
  ],
  operands: [{ name: 'url', help: 'the server', required: true }],
  options: talkOptions,
  globals: ['clients'],
  load: () => import('./run.ts'),
});
