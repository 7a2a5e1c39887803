/** The command line of sendmail(8): single letters, whose value may stand in the same word or the next. */
import { CsError } from '../../kit/errors.ts';

export interface SendmailArguments {
  /** `m`: deliver; `s`: SMTP on stdin and stdout; `p`: print the queue. */
  readonly mode: 'm' | 's' | 'p';
  readonly recipients: readonly string[];
  /** `-t`. */
  readonly fromHeaders: boolean;
  /** `-i`, `-oi`: a lone dot is content. */
  readonly ignoreDots: boolean;
  readonly from: string | undefined;
  readonly fullName: string | undefined;
  readonly notify: string | undefined;
  readonly ret: string | undefined;
  readonly envid: string | undefined;
  readonly body: string | undefined;
  readonly verbose: boolean;
}

/** Letters with a value; those that mean nothing here are read all the same. */
const VALUED = new Set('fFrNRVBbohdCLOpqX');
const BARE = new Set('tivnUGAm');
/** Their value stands in the same word or is absent. */
const ATTACHED_ONLY = new Set('odq');

export function parseSendmail(args: readonly string[]): SendmailArguments {
  const values = new Map<string, string>();
  const recipients: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]!;
    if (word === '--') {
      recipients.push(...args.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      recipients.push(word);
      continue;
    }
    const taken = letters(word, args[at + 1], values);
    if (taken) at += 1;
  }
  return {
    mode: mode(values.get('b') ?? 'm'),
    recipients,
    fromHeaders: values.has('t'),
    ignoreDots: values.has('i'),
    from: values.get('f') ?? values.get('r'),
    fullName: values.get('F'),
    notify: values.get('N'),
    ret: values.get('R'),
    envid: values.get('V'),
    body: values.get('B'),
    verbose: values.has('v'),
  };
}

/** One word of letters (`-ti`, `-fann@x.test`); true when it took the next word for its value. */
function letters(word: string, next: string | undefined, values: Map<string, string>): boolean {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at]!;
    if (BARE.has(letter)) {
      values.set(letter, '');
      continue;
    }
    if (!VALUED.has(letter)) {
      throw new CsError('CS_USAGE', `sendmail has no -${letter}`, { hint: 'cs sendmail --help' });
    }
    const attached = word.slice(at + 1);
    const alone = attached === '' && !ATTACHED_ONLY.has(letter);
    if (alone && next === undefined) throw new CsError('CS_USAGE', `-${letter} needs a value`);
    const value = alone ? next! : attached;
    if (letter === 'o' && value.startsWith('i')) values.set('i', '');
    else values.set(letter, value);
    return alone;
  }
  return false;
}

function mode(letter: string): 'm' | 's' | 'p' {
  if (letter === 'm' || letter === 's' || letter === 'p') return letter;
  throw new CsError('CS_USAGE', `sendmail -b${letter} is not done here`, { hint: 'cs serve smtp is the server' });
}
