import * as o from '../../kit/option.ts';

export const options = {
  passivePorts: o.text('the ports of passive data connections', {
    default: '49152-65535',
    value: 'LOW-HIGH',
    reason: 'RFC 6335 section 6: nobody registers a service there',
    group: 'FTP',
  }),
  publicAddress: o.text('the IPv4 address that PASV names, behind NAT; NETWORK=ADDR for the clients of a network', {
    value: 'ADDR',
    many: true,
    group: 'FTP',
  }),
  dataTls: o.choice(
    "a TLS data connection that does not resume the control connection's session, so that it may be anybody's",
    ['warn', 'refuse'],
    {
      default: 'warn',
      reason: 'some clients (Python) never resume; the address is checked in any case',
      group: 'FTP',
    },
  ),
  anonymous: o.choice('anonymous logins', ['login', 'refuse'], {
    default: 'login',
    group: 'FTP',
  }),
  loginTries: o.number('failed logins before the connection is closed', {
    default: '3',
    value: 'N',
    min: 1,
    max: 20,
    reason: 'a person errs twice, a guesser does not stop',
    group: 'FTP',
  }),
  idle: o.duration('silence after which a client is sent away', {
    default: '5m',
    reason: 'people come back to an open window; a dead peer must not stay for ever',
    group: 'FTP',
  }),
  banner: o.text('the greeting in place of our own', { value: 'TEXT', group: 'FTP' }),
  newline: o.choice('what ends a command: CRLF alone, or a bare LF too', ['strict', 'lenient'], {
    default: 'strict',
    group: 'FTP',
  }),
};
