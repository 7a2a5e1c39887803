import * as o from '../../kit/option.ts';

export const options = {
  bytes: o.size('octets of files kept in memory', { default: '512m', reason: 'they are lost with the process anyway' }),
  dotfiles: o.flag('take dotfiles along when it is filled from a directory'),
};
