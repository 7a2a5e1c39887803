/** `cs help TOPIC`: read off the tables wherever there is one. */

import { envNames } from '../../config/resolve.ts';
import { ERRORS } from '../../kit/errors.ts';
import { envName, type Options } from '../../kit/option.ts';
import { protocols } from '../../registry.ts';
import { globalGroups } from '../globals.ts';
import { sections } from '../sections.ts';
import { exportedName } from '../serving/ready.ts';

const EXIT_MEANINGS: readonly (readonly [string, string])[] = [
  ['0', 'success'],
  ['1', 'operation failed, or assertion false'],
  ['2', 'usage or configuration error; nothing was done'],
  ['4', 'authentication required or rejected'],
  ['5', 'TLS, certificate or host key not acceptable'],
  ['6', 'name not resolved'],
  ['7', 'cannot connect'],
  ['8', 'peer broke the protocol or a safety limit'],
  ['9', 'peer refused for good'],
  ['10', 'temporary refusal or unknown outcome; a retry may help'],
  ['11', 'not found'],
  ['12', 'partial success (some recipients or files)'],
  ['13', 'local I/O: permission, disk full, missing file'],
  ['14', 'cannot bind (in use, privilege)'],
  ['15', 'limit exceeded (size, count)'],
  ['16', 'refused as unsafe; names the flag that allows it'],
  ['124', 'time limit reached'],
  ['125', 'cs itself failed, or failed before the child ran'],
  ['126', 'child not executable'],
  ['127', 'child not found'],
  ['128+n', 'ended by signal n (130 INT, 143 TERM); serve stopped by SIGTERM is 0'],
];

function exitCodes(): string {
  const rows = EXIT_MEANINGS.map(([code, meaning]) => {
    const names = Object.entries(ERRORS).filter(([, kind]) => String(kind.exit) === code);
    return `${code.padEnd(6)} ${meaning}${names.length > 0 ? `\n       ${names.map(([name]) => name).join(' ')}` : ''}`;
  });
  return `Exit codes. The second line of each names the error codes of --json that end with it.\n\n${rows.join('\n')}\n`;
}

/** Read from outside our own tables: surface.md section 8. */
const HONOURED =
  'NO_COLOR FORCE_COLOR CLICOLOR TERM CI GITHUB_ACTIONS GITHUB_STEP_SUMMARY TMPDIR XDG_CONFIG_HOME XDG_STATE_HOME XDG_RUNTIME_DIR HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE NETRC NOTIFY_SOCKET LISTEN_FDS LISTEN_PID CREDENTIALS_DIRECTORY';
const OTHER: readonly (readonly [string, string])[] = [
  ['CS_CONTROL', 'the running instance: a Unix socket or http://HOST:PORT'],
  ['CS_TOKEN_FILE', 'its token, for http://'],
  ['CS_STATE_DIR', 'the local certificate authority'],
];

export function environmentRows(): readonly (readonly [string, string])[] {
  const rows: [string, string][] = OTHER.map(([name, help]) => [name, help]);
  for (const options of Object.values(globalGroups) as readonly Options[]) {
    for (const [key, option] of Object.entries(options)) {
      const [name = ''] = envNames(key, option, [undefined]);
      if (!rows.some(([known]) => known === name)) rows.push([name, option.help]);
    }
  }
  for (const [section, options] of Object.entries(sections())) {
    for (const [key, option] of Object.entries(options)) rows.push([envName(section, key), option.help]);
  }
  return rows;
}

function environment(): string {
  const rows = environmentRows().map(([name, help]) => `${name.padEnd(30)} ${help}`);
  const exported = protocols
    .filter((protocol) => !protocol.hidden)
    .flatMap((protocol) => Object.entries(protocol.schemes))
    .map(([id, scheme]) => `CS_${exportedName(id, scheme)}_URL`);
  return `Read by cs (a flag wins over the environment, the environment over cs.yaml). CS_<VERB>_<FLAG> also works.\n\n${rows.join('\n')}

Honoured: ${HONOURED}

Exported by cs run: CS_RUN_ID CS_RUN_DIR CS_CONTROL CS_READY CS_CA_FILE ${exported.join(' ')},
and for each server CS_<SERVICE>_HOST, _PORT, _USER, _PASSWORD.
`;
}

const READY = `The ready line: one JSON object, once, after every listener accepts.

  cs serve smtp --json            first line of stdout; events follow, one JSON object a line
  cs serve smtp --ready-file F    written atomically, mode 0600, with passwords
  cs serve smtp --ready-fd 3      to a descriptor
  NOTIFY_SOCKET                   READY=1 to systemd

Keys: schema event name pid version started_at startup_ms data control exposure servers[] env;
workers and leaving (for whom mail may leave) where there are any.
Each server: id protocol host hosts port url tls auth limits. Ports are real, never 0.
Events: connection.open connection.close mail.stored mail.queued mail.sent mail.deferred mail.bounced request
file.stored auth.ok auth.failed inbox.opened inbox.closed limit warning draining stopped.
`;

const SAFETY = `Safe by default:

  Bind        127.0.0.1 and ::1. Other addresses (--host, --public) need --auth required and TLS,
              else exit 16; --allow-no-auth and --allow-plaintext open up.
  Mail        captured; it leaves only by --relay or --deliver, for whom --relay-allow names, and
              never for a stranger. On loopback every login is taken and recorded;
              an account that exists needs its password. --auth required refuses strangers.
  Passwords   --password-file, --password-fd, stdin (-) or CS_PASSWORD; never an argument.
              A URL with a password is taken as an argument for this machine only.
  Durability  memory without --data; with it, 250 is said after the disk has the mail.
  Network     no telemetry, no update check, nothing that was not asked for.
`;

export const topics: Readonly<Record<string, () => string>> = {
  'exit-codes': exitCodes,
  env: environment,
  ready: () => READY,
  safety: () => SAFETY,
};
