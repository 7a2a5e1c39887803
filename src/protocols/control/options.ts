import * as o from '../../kit/option.ts';

export const options = {
  token: o.text('what clients show that do not come by the Unix socket: SHA-256 of the bearer token, in hex', {
    hidden: true,
    secret: true,
  }),
};

export const clientOptions = {};
