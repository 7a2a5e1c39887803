import * as o from '../../kit/option.ts';

export const options = {
  durability: o.choice('what a stored file survives: power loss, or only kill -9', ['disk', 'process'] as const, {
    default: 'disk',
  }),
  followSymlinks: o.flag('follow links that lead out of the directory'),
  staging: o.choice(
    'where files stand until they are whole: in a hidden directory at the root, or beside their name',
    ['root', 'beside'] as const,
    { default: 'root' },
  ),
};
