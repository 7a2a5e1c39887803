import * as o from '../../kit/option.ts';

export const options = {
  size: o.size('largest message taken', {
    default: '25m',
    reason: 'what the large providers accept; a test that needs more says so',
    group: 'SMTP',
  }),
};
