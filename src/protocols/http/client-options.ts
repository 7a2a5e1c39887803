import * as o from '../../kit/option.ts';

export const clientOptions = {
  http: o.choice('the version of HTTP; auto: what the server prefers', ['auto', '1.1', '2'], { default: 'auto' }),
  auth: o.choice(
    'how to log in; any: as the server asks, the strongest way first; basic, bearer: unasked (bearer: the password is the token)',
    ['any', 'basic', 'digest', 'bearer'],
    { default: 'any' },
  ),
  plaintextAuth: o.flag('send a password or a token without TLS too'),
  redirects: o.number('follow at most this many redirects; 0 follows none', { default: '10', value: 'N', max: 50 }),
  allowDowngrade: o.flag('follow redirects from https to http'),
  maxSize: o.size('give up when the content is longer', { default: '1t', reason: 'more than anybody waits for' }),
  maxRatio: o.number('give up when content of more than 8 MiB grows to this many times what was sent', {
    default: '250',
    value: 'N',
    min: 1,
    reason: 'text does not get there, bombs do',
  }),
  connections: o.number('connections kept open to one origin, and files that a listing looks at at once', {
    default: '4',
    value: 'N',
    min: 1,
    max: 64,
  }),
};
