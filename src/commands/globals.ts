/** Flags that mean the same on every verb (surface.md section 3). */
import * as o from '../kit/option.ts';

export const general = {
  config: o.text('read this configuration file', { short: 'c', value: 'FILE' }),
  profile: o.text('use this profile of the configuration file', { value: 'NAME' }),
  name: o.text('the instance to start or to talk to', { short: 'n', value: 'NAME' }),
};

export const servers = {
  host: o.text('listen on this address', { value: 'ADDR', many: true }),
  port: o.text('listen on this port; SERVICE=N with several services; 0 is any free one', {
    short: 'p',
    value: 'N',
    many: true,
  }),
  public: o.flag('listen on all interfaces (needs accounts and TLS)'),
  data: o.text('keep mail, accounts and the journal in this directory', { value: 'DIR', env: 'CS_DATA_DIR' }),
  files: o.text('the root of web and file services: a directory, or another server (default: the working directory)', {
    value: 'DIR|URL',
  }),
  rights: o.text('who may do what with which files, as this file says (read again when it changes)', { value: 'FILE' }),
  home: o.text('a directory of the files for each user: home/{user}', { value: 'TEMPLATE' }),
  fileQuota: o.size('octets that may be stored; with --home of each user'),
  fileCount: o.number('files and directories that may be stored; with --home of each user', { value: 'N' }),
  fileRate: o.size('octets a second, read and written, of one session'),
  fileFail: o.text('let files fail on purpose: write:5%, commit:1:eio, read:1:cut-4k, read:5%:flip, open:1:delay-1s', {
    value: 'SPEC',
    many: true,
  }),
  readyFile: o.text('write the ready object here once every listener accepts', { value: 'FILE' }),
  readyFd: o.number('write the ready line to this descriptor', { value: 'N' }),
  grace: o.duration('how long open connections may finish after a stop signal', { default: '10s' }),
  tls: o.choice(
    'off: none; starttls: offered; on: from the first byte; require: refused without',
    ['off', 'starttls', 'on', 'require'],
    { bare: 'starttls' },
  ),
  cert: o.text('certificate chain (PEM) instead of one from the local CA; of several, the one for the name asked for', {
    value: 'FILE',
    many: true,
  }),
  key: o.text('the private key (PEM) of each --cert, in the same order', { value: 'FILE', many: true }),
  connections: o.number('open connections of one server', {
    default: '1000',
    value: 'N',
    min: 1,
    reason: 'an idle one costs about 15 KiB',
  }),
  connectionsPerAddress: o.number('of one client address (loopback is exempt)', { default: '100', value: 'N' }),
  connectionsPerUser: o.number('of one account (loopback is exempt)', { default: '10', value: 'N' }),
  connectionRate: o.number('new connections a minute from one address, 0 for no limit (loopback is exempt)', {
    default: '600',
    value: 'N',
  }),
  allow: o.text('take clients from these networks only', { value: 'CIDR', many: true }),
  deny: o.text('turn clients from these networks away', { value: 'CIDR', many: true }),
  proxyFrom: o.text('believe a PROXY header (v1, v2) from these networks, and require it there', {
    value: 'CIDR',
    many: true,
  }),
  handshakeTime: o.duration('TLS handshake and PROXY header', { default: '10s' }),
  commandTime: o.duration('one command', { default: '60s' }),
  idleTime: o.duration('a silent connection', { default: '5m' }),
  minimumRate: o.size('octets per second that a body must keep up', { default: '500' }),
  chaos: o.text('faults on purpose: latency=200ms,jitter=50ms,throttle=64k,reset=1%,drop=1%,seed=7', { value: 'SPEC' }),
  fail: o.text(
    'answer a command with a failure: rcpt:5%, data:1, mail:451, fetch:1:SERVERBUG; drawn by the --chaos seed',
    {
      value: 'SPEC',
      many: true,
    },
  ),
  qr: o.flag('show the address of the pages as a QR code, on a terminal and where a phone can reach it'),
  socket: o.text('listen on this Unix socket too', { value: 'PATH', many: true }),
};

export const clients = {
  timeout: o.duration('give up after this long', { default: '30s' }),
  retry: o.number('try again this often after a temporary failure', { default: '0', value: 'N' }),
  user: o.text('log in as', { value: 'U' }),
  passwordFile: o.text('read the password from this file (- is stdin)', { value: 'FILE' }),
  passwordFd: o.number('read the password from this descriptor', { value: 'N' }),
  password: o.text('the password', { secret: true, hidden: true }),
  ca: o.text('trust the certificate authorities in this file', { value: 'FILE', env: 'CS_CA_FILE' }),
  pin: o.text('accept only this public key: sha256/BASE64', { value: 'PIN' }),
  insecure: o.flag('do not verify the certificate (sends no password)'),
  insecureAuth: o.flag('with --insecure: send the password all the same'),
  tls: o.choice(
    'off: none; starttls or require: fail without; on: from the first byte (default: if offered, and said)',
    ['off', 'starttls', 'on', 'require'],
    { bare: 'require' },
  ),
  proxy: o.text('go through this proxy: socks5://HOST:PORT or http://HOST:PORT', { value: 'URL' }),
  ipv4: o.flag('IPv4 only', { short: '4' }),
  ipv6: o.flag('IPv6 only', { short: '6' }),
};

export const output = {
  json: o.fields('the result as JSON (NDJSON for streams); =FIELDS picks some, =+secrets shows passwords'),
  pick: o.text('print one value of the result: messages.0.id', { value: 'PATH' }),
  format: o.text("print the result by a template: '{id} {subject}'", { value: 'TPL' }),
  output: o.text('write the result here instead of stdout', { short: 'o', value: 'FILE' }),
  quiet: o.flag('errors only', { short: 'q' }),
  verbose: o.flag('say what is decided; twice: protocol lines', { short: 'v', many: true }),
  color: o.choice('colour', ['auto', 'always', 'never'], { default: 'auto' }),
  log: o.choice('the least level logged', ['error', 'warn', 'info', 'debug', 'trace'], { default: 'warn' }),
  logFormat: o.choice('log records as', ['text', 'json'], { default: 'text' }),
  logFile: o.text('write the log here', { value: 'FILE' }),
  transcript: o.text('save the dialogue here, in the format of the tests', { value: 'FILE' }),
};

/** Of commands that check something. */
export const reports = {
  report: o.text('write a report: junit=FILE, tap=FILE, ndjson=FILE or github', { value: 'KIND=FILE', many: true }),
};

/** Of commands that have servers to tell of. */
export const artifacts = {
  artifacts: o.text('keep what happened in this directory on failure', { value: 'DIR' }),
};

export const manners = {
  noInput: o.flag('never ask'),
  dryRun: o.flag('say what would be done'),
  yes: o.flag('answer yes to every question', { short: 'y' }),
};

export const opening = {
  auth: o.choice('any: every login is taken and recorded; required: accounts only', ['any', 'required'], {
    default: 'any',
  }),
  allowNoAuth: o.flag('let addresses other than loopback in without accounts'),
  allowPlaintext: o.flag('let addresses other than loopback in without TLS'),
  allowHost: o.text('a further name that web pages may be asked by', { value: 'H', many: true }),
  allowOrigin: o.text('a further origin that pages may call from', { value: 'O', many: true }),
  standardPorts: o.flag('the standard ports (25, 110 ...) instead of the development ones'),
  runAs: o.text('become this user once the ports are bound', { value: 'USER' }),
  write: o.flag('files may be created, replaced and renamed (under cs run always)'),
  delete: o.flag('files may be removed (under cs run always)'),
  dotfiles: o.flag('serve dotfiles too'),
  followSymlinks: o.flag('follow links that lead out of the root of the files'),
  throttleLoopback: o.flag('slow failed logins down on loopback too'),
  greylist: o.duration('SMTP: put the first try of a network, sender and recipient off for this long (451)'),
  webhook: o.text('post what happens to this URL; what, stands behind a #: event=mail.stored,request&to=ann', {
    value: 'URL',
    many: true,
  }),
  webhookSecretFile: o.text('sign webhooks (Standard Webhooks) with the secret in this file', { value: 'FILE' }),
  relay: o.text('hand mail for --relay-allow on to this server: smtp+starttls://ann@mail.example.test:587', {
    value: 'URL',
  }),
  relayPasswordFile: o.text('the password for --relay, in this file', { value: 'FILE' }),
  deliver: o.flag('hand mail for --relay-allow to the servers that its domains name (MX)'),
  relayAllow: o.text('mail may leave for these: example.test, ann@example.test, *@*.example.test, *', {
    value: 'PATTERN',
    many: true,
  }),
  dkimKey: o.text('sign mail that leaves with this private key (PEM; RSA or Ed25519)', { value: 'FILE' }),
  dkimDomain: o.text('the signing domain of --dkim-key', { value: 'DOMAIN' }),
  dkimSelector: o.text('the name of --dkim-key below _domainkey', { value: 'NAME' }),
  relayRate: o.number('messages a minute that may leave, 0 for no limit', {
    default: '600',
    value: 'N',
    reason: 'a loop or a stolen password then is an incident and not a flood',
  }),
  relayConnections: o.number('connections to other servers at once', { default: '20', value: 'N', min: 1, max: 1000 }),
  relayPerDomain: o.number('of them, to one domain', {
    default: '4',
    value: 'N',
    min: 1,
    max: 100,
    reason: 'many large providers turn more away',
  }),
  relayTimeout: o.duration('how long another server may take over one step', {
    default: '5m',
    reason: 'RFC 5321 section 4.5.3.2',
  }),
  queueRetry: o.duration('before the second try; twice as long before each further one, up to four hours', {
    default: '5m',
  }),
  queueWarn: o.duration('tell the sender that it takes longer', { default: '4h' }),
  queueLifetime: o.duration('give up, and return the message', {
    default: '5d',
    reason: 'RFC 5321 section 4.5.4.1 asks for four to five days',
  }),
  dns: o.text(
    "the name server to ask, or `system` for the system's: without it only --deliver asks, and checks do not",
    {
      value: 'ADDR',
    },
  ),
  authenticationResults: o.flag(
    'SMTP: put what SPF, DKIM, DMARC and ARC say in front of mail of strangers (Authentication-Results)',
  ),
  zone: o.text('answers from this file in place of a name server, for tests: x.test MX 10 mx.x.test', {
    value: 'FILE',
  }),
};

export const globalGroups = { general, servers, clients, output, reports, artifacts, manners, opening };
export type GlobalGroup = keyof typeof globalGroups;

/** Every global option's value; those of groups that a verb does not take hold their defaults. */
export type GlobalValues = o.Values<typeof general> &
  o.Values<typeof servers> &
  o.Values<typeof clients> &
  o.Values<typeof output> &
  o.Values<typeof reports> &
  o.Values<typeof artifacts> &
  o.Values<typeof manners> &
  o.Values<typeof opening>;
