/**
 * The one table of FTP. What a server accepts and refuses, HELP, FEAT, the reference page, the redaction of transcripts
 * and what a client may send are all read off it.
 */
import { commandTable } from '../shared/command-table.ts';

/** RFC 959 section 5.4. `upgrade`: AUTH was answered and TLS has not begun; `closed`: QUIT was answered. */
export type State = 'authorization' | 'session' | 'upgrade' | 'closed';

/** The last of several takes the rest of the line, spaces included. */
export type Argument =
  | 'name'
  | 'password'
  | 'path'
  | 'text'
  | 'word'
  | 'octets'
  | 'record'
  | 'time'
  | 'facts'
  | 'type'
  | 'letter'
  | 'host-port'
  | 'network';

export interface Rule {
  readonly in: readonly State[];
  readonly args: readonly Argument[];
  /** How many of `args`, from the end, may be left out. */
  readonly optional?: number;
  readonly help: string;
  readonly rfc: string;
  /** The state behind a positive reply. */
  readonly to?: State;
  /** Moves content over a data connection. */
  readonly data?: 'out' | 'in';
  /** Uses a name that is not there yet: a bad one is 553, not 550. */
  readonly creates?: true;
  /** The line in FEAT (RFC 2389) that announces it. */
  readonly feature?: string;
  /** Everything from this argument on is hidden in transcripts. */
  readonly secret?: number;
}

const always = ['authorization', 'session'] as const;
const session = ['session'] as const;

export const COMMANDS = {
  USER: { in: always, args: ['name'], to: 'authorization', rfc: 'RFC 959', help: 'who logs in' },
  PASS: {
    in: always,
    args: ['password'],
    optional: 1,
    secret: 0,
    to: 'session',
    rfc: 'RFC 959',
    help: 'the password, spaces included',
  },
  ACCT: {
    in: always,
    args: ['text'],
    secret: 0,
    rfc: 'RFC 959',
    help: 'an account within the account; none is asked for',
  },
  REIN: { in: always, args: [], to: 'authorization', rfc: 'RFC 959', help: 'log out, and stay' },
  QUIT: { in: always, args: [], to: 'closed', rfc: 'RFC 959', help: 'goodbye, once a transfer is done' },
  HOST: { in: always, args: ['word'], rfc: 'RFC 7151', feature: 'HOST', help: 'the name that the client came for' },
  AUTH: { in: always, args: ['word'], to: 'upgrade', rfc: 'RFC 4217', feature: 'AUTH TLS', help: 'begin TLS' },
  PBSZ: { in: always, args: ['octets'], rfc: 'RFC 4217', feature: 'PBSZ', help: 'the buffer of TLS, which is 0' },
  PROT: { in: always, args: ['letter'], rfc: 'RFC 4217', feature: 'PROT', help: 'P: TLS on data connections; C: none' },
  CCC: { in: always, args: [], rfc: 'RFC 4217', help: 'back to clear text; refused' },
  CWD: { in: session, args: ['path'], rfc: 'RFC 959', help: 'go into a directory' },
  CDUP: { in: session, args: [], rfc: 'RFC 959', help: 'go to the parent directory' },
  PWD: { in: session, args: [], rfc: 'RFC 959', help: 'the directory we are in' },
  MKD: { in: session, args: ['path'], rfc: 'RFC 959', help: 'make a directory' },
  RMD: { in: session, args: ['path'], rfc: 'RFC 959', help: 'remove an empty directory' },
  DELE: { in: session, args: ['path'], rfc: 'RFC 959', help: 'remove a file' },
  RNFR: { in: session, args: ['path'], rfc: 'RFC 959', help: 'what is renamed' },
  RNTO: { in: session, args: ['path'], creates: true, rfc: 'RFC 959', help: 'its new name' },
  RETR: { in: session, args: ['path'], data: 'out', rfc: 'RFC 959', help: 'get a file' },
  STOR: { in: session, args: ['path'], data: 'in', creates: true, rfc: 'RFC 959', help: 'put a file' },
  STOU: {
    in: session,
    args: ['path'],
    optional: 1,
    data: 'in',
    creates: true,
    rfc: 'RFC 959',
    help: 'put a file under a name of its own',
  },
  APPE: {
    in: session,
    args: ['path'],
    data: 'in',
    creates: true,
    rfc: 'RFC 959',
    help: 'put more at the end of a file',
  },
  REST: {
    in: session,
    args: ['octets'],
    rfc: 'RFC 3659',
    feature: 'REST STREAM',
    help: 'where the next transfer begins',
  },
  ALLO: { in: session, args: ['octets', 'record'], optional: 1, rfc: 'RFC 959', help: 'how much the next file needs' },
  ABOR: { in: always, args: [], rfc: 'RFC 959', help: 'end the transfer' },
  LIST: { in: session, args: ['path'], optional: 1, data: 'out', rfc: 'RFC 959', help: 'a listing for people' },
  NLST: { in: session, args: ['path'], optional: 1, data: 'out', rfc: 'RFC 959', help: 'the names alone' },
  MLSD: {
    in: session,
    args: ['path'],
    optional: 1,
    data: 'out',
    rfc: 'RFC 3659',
    feature: 'MLST',
    help: 'a listing for programs',
  },
  MLST: { in: session, args: ['path'], optional: 1, rfc: 'RFC 3659', help: 'the facts of one file or directory' },
  SIZE: { in: session, args: ['path'], rfc: 'RFC 3659', feature: 'SIZE', help: 'the octets of a file' },
  MDTM: { in: session, args: ['path'], rfc: 'RFC 3659', feature: 'MDTM', help: 'when it was changed, in UTC' },
  MFMT: {
    in: session,
    args: ['time', 'path'],
    rfc: 'draft-somers-ftp-mfxx-04',
    feature: 'MFMT',
    help: 'say when it was changed',
  },
  MFF: {
    in: session,
    args: ['facts', 'path'],
    rfc: 'draft-somers-ftp-mfxx-04',
    feature: 'MFF modify;UNIX.mode;',
    help: 'change facts',
  },
  HASH: { in: session, args: ['path'], rfc: 'draft-bryan-ftpext-hash-02', feature: 'HASH', help: 'the hash of a file' },
  RANG: {
    in: session,
    args: ['octets', 'octets'],
    rfc: 'draft-bryan-ftp-range-08',
    feature: 'RANG STREAM',
    help: 'from which octet to which the next RETR or HASH goes',
  },
  XCRC: { in: session, args: ['path'], rfc: 'by custom', help: 'the CRC-32 of a file' },
  XMD5: { in: session, args: ['path'], rfc: 'by custom', help: 'the MD5 of a file' },
  XSHA1: { in: session, args: ['path'], rfc: 'by custom', help: 'the SHA-1 of a file' },
  XSHA256: { in: session, args: ['path'], rfc: 'by custom', help: 'the SHA-256 of a file' },
  XSHA512: { in: session, args: ['path'], rfc: 'by custom', help: 'the SHA-512 of a file' },
  AVBL: {
    in: session,
    args: ['path'],
    optional: 1,
    rfc: 'draft-peterson-streamlined-ftp',
    feature: 'AVBL',
    help: 'free octets',
  },
  TYPE: { in: session, args: ['type'], rfc: 'RFC 959', help: 'I: octets as they are; A: lines of text' },
  MODE: { in: session, args: ['letter'], rfc: 'RFC 959', help: 'S, a stream, is the only one' },
  STRU: { in: session, args: ['letter'], rfc: 'RFC 959', help: 'F, a file, is the only one' },
  PORT: { in: session, args: ['host-port'], rfc: 'RFC 959', help: 'where the client waits for the data connection' },
  EPRT: { in: session, args: ['network'], rfc: 'RFC 2428', feature: 'EPRT', help: 'the same, also for IPv6' },
  PASV: { in: session, args: [], rfc: 'RFC 959', feature: 'PASV', help: 'wait for the data connection' },
  EPSV: {
    in: session,
    args: ['word'],
    optional: 1,
    rfc: 'RFC 2428',
    feature: 'EPSV',
    help: 'the same, also for IPv6; ALL: nothing else from now on',
  },
  FEAT: { in: always, args: [], rfc: 'RFC 2389', help: 'what this server can do' },
  OPTS: {
    in: always,
    args: ['word', 'text'],
    optional: 1,
    rfc: 'RFC 2389',
    help: 'settings: UTF8 ON, MLST facts, HASH algorithm',
  },
  CLNT: { in: always, args: ['text'], rfc: 'by custom', feature: 'CLNT', help: 'the name of the client' },
  LANG: {
    in: always,
    args: ['word'],
    optional: 1,
    rfc: 'RFC 2640',
    feature: 'LANG EN*',
    help: 'the language of the replies',
  },
  SYST: { in: always, args: [], rfc: 'RFC 959', help: 'which listings this server gives' },
  STAT: { in: always, args: ['path'], optional: 1, rfc: 'RFC 959', help: 'how things are; with a path, its listing' },
  HELP: { in: always, args: ['word'], optional: 1, rfc: 'RFC 959', help: 'the commands, or one of them' },
  NOOP: { in: always, args: [], rfc: 'RFC 959', help: 'nothing' },
  SITE: {
    in: session,
    args: ['word', 'text'],
    optional: 1,
    rfc: 'RFC 959',
    help: 'CHMOD mode path, UTIME time path, HELP',
  },
} as const satisfies Record<string, Rule>;

export type CommandName = keyof typeof COMMANDS;

/** RFC 775 and 1123: older names of the same. */
export const ALIASES: Readonly<Record<string, CommandName>> = {
  XCWD: 'CWD',
  XCUP: 'CDUP',
  XPWD: 'PWD',
  XMKD: 'MKD',
  XRMD: 'RMD',
  XSHA: 'XSHA1',
};

/** Commands of RFC 959 and 2228 that are known and not there (502), unlike words that are no command (500). */
export const ABSENT: ReadonlySet<string> = new Set([
  'SMNT',
  'ADAT',
  'MIC',
  'CONF',
  'ENC',
  'LPRT',
  'LPSV',
  'MFCT',
  'MAIL',
]);

export const { isCommand, ruleOf, syntaxOf } = commandTable<Rule, CommandName>(COMMANDS);
