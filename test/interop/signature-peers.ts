/** Signers and verifiers that others wrote, for DKIM and ARC: Python's dkim and Perl's Mail::DKIM. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createInterface } from 'node:readline';
import { parseZone } from '../../src/net/zone.ts';
import { sh } from './server.ts';

/** Debian's own: it has Debian's modules. */
const PYTHON = '/usr/bin/python3';

/** Questions on standard input, answers on standard output, a line of JSON each; octets are Latin-1. Names come from `txt`. */
const IN_PYTHON = `
import dkim, json, sys
octets = lambda text: text.encode('latin-1')
def judged(d, i, txt):
    try: return d.verify(idx=i, dnsfunc=txt)
    except dkim.DKIMException: return False
def answer(q):
    message = octets(q['message'])
    def txt(name, timeout=5):
        found = q.get('txt', {}).get(name.decode().rstrip('.'))
        return found.encode() if found is not None else None
    if q['do'] == 'verify':
        d = dkim.DKIM(message)
        count = len([x for x in d.headers if x[0].lower() == b'dkim-signature'])
        return [judged(d, i, txt) for i in range(count)]
    if q['do'] == 'arc-verify':
        cv, sets, reason = dkim.arc_verify(message, dnsfunc=txt)
        return [cv.decode() if cv else None, len(sets), str(reason)]
    selector, domain, key = octets(q['selector']), octets(q['domain']), octets(q['key'])
    if q['do'] == 'arc-sign':
        return b''.join(dkim.arc_sign(message, selector, domain, key, octets(q['server']))).decode('latin-1')
    forms, algorithm = tuple(map(octets, q['forms'])), octets(q['algorithm'])
    return dkim.sign(message, selector, domain, key, canonicalize=forms, signature_algorithm=algorithm).decode('latin-1')
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
`;

/** The same in Perl. */
const IN_PERL = `
use strict; use warnings;
use JSON::PP; use Net::DNS; use Mail::DKIM::Signer; use Mail::DKIM::Verifier; use Mail::DKIM::ARC::Signer; use Mail::DKIM::ARC::Verifier;
$| = 1;
my $q;
package Zone {
  sub new { bless {}, shift }
  sub errorstring { 'NOERROR' }
  sub send {
    my ($self, $name, $type) = @_;
    my $packet = Net::DNS::Packet->new($name, $type);
    my $text = $q->{txt}{lc $name};
    if (defined $text) {
      my @strings = $text =~ /(.{1,200})/g;
      $packet->push(answer => Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => \\@strings));
    } else { $packet->header->rcode('NXDOMAIN') }
    return $packet;
  }
}
Mail::DKIM::DNS::resolver(Zone->new);
sub fed { my ($to) = @_; $to->PRINT($q->{message}); $to->CLOSE; return $to }
while (<STDIN>) {
$q = decode_json($_);
my %how = (Domain => $q->{domain}, Selector => $q->{selector});
if ($q->{key}) {
  my $key = $q->{key}; $key =~ s/-----[^-]+-----//g; $key =~ s/\\s//g;
  $how{Key} = Mail::DKIM::PrivateKey->load(Data => $key);
}
my $answer;
if ($q->{do} eq 'verify') {
  my $v = fed(Mail::DKIM::Verifier->new);
  $answer = [map { $_->result eq 'pass' ? JSON::PP::true : JSON::PP::false } $v->signatures];
} elsif ($q->{do} eq 'sign') {
  my $s = fed(Mail::DKIM::Signer->new(%how, Algorithm => $q->{algorithm}, Method => join('/', @{$q->{forms}})));
  $answer = $s->signature->as_string . "\\r\\n";
} elsif ($q->{do} eq 'arc-verify') {
  my $v = fed(Mail::DKIM::ARC::Verifier->new);
  $answer = [$v->result, scalar(grep { ref($_) eq 'Mail::DKIM::ARC::Seal' } $v->signatures), $v->result_detail];
} else {
  my $s = fed(Mail::DKIM::ARC::Signer->new(%how, Algorithm => 'rsa-sha256', SrvId => $q->{server}, Chain => 'ar'));
  die $s->{details} if $s->{result} ne 'sealed';
  $answer = join("\\r\\n", $s->as_strings) . "\\r\\n";
}
print JSON::PP->new->latin1->allow_nonref->encode($answer), "\\n";
}
`;

interface Question {
  readonly do: 'verify' | 'sign' | 'arc-verify' | 'arc-sign';
  readonly message: Buffer;
  readonly [key: string]: unknown;
}

export interface Peer extends Disposable {
  readonly name: string;
  readonly ed25519: boolean;
  /** Ends a body whose last line does not (RFC 6376 section 3.4.3). */
  readonly ends: boolean;
  /** Undefined, and said loudly, where it is not installed. */
  readonly ask: ((question: Question) => Promise<unknown>) | undefined;
}

export async function peers(): Promise<readonly Peer[]> {
  return [
    {
      name: 'Python dkim',
      ed25519: true,
      ends: true,
      ...(await asking('python3-dkim', PYTHON, ['-c', 'import dkim, authres, nacl'], ['-c', IN_PYTHON])),
    },
    {
      name: 'Perl Mail::DKIM',
      ed25519: false,
      ends: false,
      ...(await asking('libmail-dkim-perl', '/usr/bin/perl', ['-MMail::DKIM', '-e1'], ['-e', IN_PERL])),
    },
  ];
}

async function asking(
  what: string,
  program: string,
  probe: readonly string[],
  args: readonly string[],
): Promise<Pick<Peer, 'ask' | typeof Symbol.dispose>> {
  if ((await sh(program, probe)).code !== 0) {
    if (process.env.CS_INTEROP === 'required') throw new Error(`${what} is not installed: sh scripts/interop-tools.sh`);
    console.error(`SKIPPED, LOUDLY: ${what} is not installed (sh scripts/interop-tools.sh)`);
    return { ask: undefined, [Symbol.dispose]: () => {} };
  }
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify({ ...question, message: question.message.toString('latin1') })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(said);
      return JSON.parse(value);
    },
    [Symbol.dispose]: () => void child.stdin.end(),
  };
}

export interface KeyPair {
  readonly pem: string;
  /** As Python's dkim takes it: PEM, or the seed alone. */
  readonly python: string;
  readonly record: string;
}

export function rsaPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const p = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
  return { pem, python: pem, record: `v=DKIM1; k=rsa; p=${p}` };
}

export function ed25519Pair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const last = (key: KeyObject, type: 'pkcs8' | 'spki') =>
    (type === 'spki' ? key.export({ type, format: 'der' }) : key.export({ type: 'pkcs8', format: 'der' }))
      .subarray(-32)
      .toString('base64');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  return { pem, python: last(privateKey, 'pkcs8'), record: `v=DKIM1; k=ed25519; p=${last(publicKey, 'spki')}` };
}

export function zoneOf(txt: Readonly<Record<string, string>>) {
  return parseZone(zoneText(txt), 'zone');
}

export function zoneText(txt: Readonly<Record<string, string>>): string {
  return Object.entries(txt)
    .map(([name, value]) => `${name} TXT "${value}"\n`)
    .join('');
}
