import * as o from '../../kit/option.ts';

const group = 'FTP client';

export const clientOptions = {
  connections: o.number('control connections for work side by side, made when they are needed', {
    default: '4',
    value: 'N',
    min: 1,
    max: 64,
    reason: 'servers commonly allow five to ten of one address',
    group,
  }),
  data: o.choice('who connects for data: we do (EPSV, PASV), or the server does (EPRT, PORT)', ['passive', 'active'], {
    default: 'passive',
    group,
  }),
  protection: o.choice('data under TLS too (PROT P), or in clear text beside a secured login', ['private', 'clear'], {
    default: 'private',
    group,
  }),
  publish: o.choice(
    'how an upload gets its name: by renaming a temporary file when it is whole, or from its first octet on',
    ['rename', 'direct'],
    { default: 'rename', group },
  ),
  times: o.choice(
    'where a listing has minutes only: ask for the time of each file (MDTM), or take what is listed',
    ['exact', 'listed'],
    { default: 'exact', group },
  ),
  pipelining: o.choice(
    'send commands in groups; auto: where the server is seen to answer each of them',
    ['auto', 'on', 'off'],
    { default: 'auto', group },
  ),
  charset: o.choice('of file names, where the server has no UTF-8', ['utf-8', 'latin1'], { default: 'utf-8', group }),
  account: o.text('answer to a server that asks for an account (ACCT)', { value: 'NAME', group }),
  root: o.text('directory at which paths begin, in place of the one that the login leads to', { value: 'PATH', group }),
  stall: o.duration('silence of the server after which a transfer or a command has failed', {
    default: '60s',
    reason: 'a server that checks a large file may take long; one that says nothing for a minute is gone',
    group,
  }),
};
