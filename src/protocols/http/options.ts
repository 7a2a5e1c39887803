import * as o from '../../kit/option.ts';

export const options = {
  spa: o.flag('answer an unknown page with index.html, for applications that route in the browser', {
    plain: true,
    group: 'Web',
  }),
  cleanUrls: o.choice('/about is about.html', ['on', 'off'], { default: 'on', plain: true, group: 'Web' }),
  cache: o.text('how long browsers keep a file: auto, none, or a time', {
    default: 'auto',
    value: 'auto|none|DUR',
    reason: 'auto: a year for names that hold a hash of their content, asked again each time for the rest',
    plain: true,
    group: 'Web',
  }),
  header: o.text('send this header with every file', { many: true, value: 'NAME:VALUE', plain: true, group: 'Web' }),
  vhost: o.text('answer for this host name from a directory of the root', {
    many: true,
    value: 'NAME=DIR',
    plain: true,
    group: 'Web',
  }),
  listing: o.choice('directories without an index are shown', ['auto', 'off'], {
    default: 'auto',
    plain: true,
    group: 'Web',
  }),
  maxUpload: o.size('the longest file, or form, that is taken', {
    default: '10g',
    reason: 'a limit that no camera reaches; free space and quotas are checked beside it',
    plain: true,
    group: 'Web',
  }),
  trustUploads: o.flag('with --write: HTML and SVG may be pages of this server (else they are inert downloads)', {
    plain: true,
    group: 'Web',
  }),
  capture: o.text('answer every request there and keep it for `cs wait request`; * at the end is any ending', {
    many: true,
    value: 'PATH[=STATUS]',
    plain: true,
    group: 'Web',
  }),
  accessLog: o.text('append a line for each request to this file (- is stdout)', {
    value: 'FILE',
    plain: true,
    group: 'Web',
  }),
  accessLogFormat: o.choice('lines of the access log', ['combined', 'json'], {
    default: 'combined',
    plain: true,
    group: 'Web',
  }),
  metrics: o.text('counters and latencies at this path, as Prometheus reads them', {
    value: 'PATH',
    plain: true,
    group: 'Web',
  }),
  record: o.choice('which requests become facts of the journal', ['all', 'captured', 'none'], {
    default: 'all',
    reason: 'with --data, all leaves out what only read a file',
    plain: true,
    group: 'Web',
  }),
  memory: o.size('small files kept ready in memory; 0 keeps none', {
    default: '64m',
    reason: 'files of 64 KiB and less and what compression made of others; the least used go first',
    group: 'Web',
  }),
  recheck: o.duration('a file in memory is looked at again after this long', {
    default: '20ms',
    reason: 'less than a person or a build notices; a look at every request costs a system call more',
    group: 'Web',
  }),
  fastPath: o.choice('answer plain GETs of files in memory without a general parser', ['on', 'off'], {
    default: 'on',
    reason: 'off shows whether it is to blame; answers are the same',
    plain: true,
    group: 'Web',
  }),
};
