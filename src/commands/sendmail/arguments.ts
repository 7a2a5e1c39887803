/** The command line of sendmail(8): single letters, whose value may stand in the same word or the next. */
import { CsError } from '../../kit/errors.ts';

export interface SendmailArguments {
  /** `m`: deliver; `s`: SMTP on stdin and stdout; `p`: print the queue; `q`: run it, as from cron. */
  readonly mode: 'm' | 's' | 'p' | 'q';
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
const VALUED = new Set('fFrNRVBbohdACLOpqX');
const BARE = new Set('tivnUGm');
/** Their value stands in the same word or is absent. */
const ATTACHED_ONLY = new Set('odqA');

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
    mode: mode(values, recipients),
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

function mode(values: ReadonlyMap<string, string>, recipients: readonly string[]): SendmailArguments['mode'] {
  const letter = values.get('b');
  if (letter === undefined) return values.has('q') && !values.has('t') && recipients.length === 0 ? 'q' : 'm';
  if (letter === 'm' || letter === 's' || letter === 'p') return letter;
  throw new CsError('CS_USAGE', `sendmail -b${letter} is not done here`, { hint: 'cs serve smtp is the server' });
}
