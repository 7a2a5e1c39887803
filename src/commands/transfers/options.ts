/** What every verb that carries files takes. */
import * as o from '../../kit/option.ts';

export const transferOptions = {
  noClobber: o.flag('leave what is there already as it is'),
  update: o.flag('replace only what is older than its source'),
  continue: o.flag('go on with what an earlier run left, and leave something to go on with'),
  preserve: o.flag('keep times, and permissions between local places', { default: 'true' }),
  verify: o.choice('what must agree afterwards (default: the strongest that both ends can show)', [
    'hash',
    'size',
    'none',
  ]),
  transfers: o.number('files at once', { default: '4', min: 1, max: 64, value: 'N' }),
  segments: o.number('fetch one big file by so many ranges at once', { default: '1', min: 1, max: 16, value: 'N' }),
  limitRate: o.size('octets a second for all of it', { value: 'RATE' }),
};

export const recursive = o.flag('directories and all they hold', { short: 'r' });
