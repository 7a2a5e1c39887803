import * as o from '../../kit/option.ts';

export const options = {
  workers: o.number('web servers: as many processes answer; limits of connections are divided among them', {
    value: 'N',
    min: 1,
    max: 64,
  }),
};
