import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { parseSendmail } from '../../src/commands/sendmail/arguments.ts';
import { carry } from '../../src/commands/sendmail/dialogue.ts';
import { submission } from '../../src/commands/sendmail/message.ts';
import type { CsError } from '../../src/kit/errors.ts';
import { contextFor, dial, honest, scripted, type Taken } from '../protocols/smtp/client-server.ts';

const submit = (text: string, ...args: string[]) => {
  const { envelope, message } = submission(Buffer.from(text), parseSendmail(args));
  return { envelope, to: envelope.to.map(({ address }) => address), text: Buffer.from(message.bytes).toString() };
};

test('the letters of sendmail, in their many spellings', () => {
  const rows: readonly (readonly [readonly string[], Partial<ReturnType<typeof parseSendmail>>])[] = [
    [['-t', '-i'], { fromHeaders: true, ignoreDots: true, mode: 'm' }],
    [['-ti'], { fromHeaders: true, ignoreDots: true }],
    [['-oi', '-oem', '-odb', 'a@x'], { ignoreDots: true, recipients: ['a@x'] }],
    [['-fann@x', '-F', 'Ann B', '--', '-odd@x'], { from: 'ann@x', fullName: 'Ann B', recipients: ['-odd@x'] }],
    [['-r', 'ann@x'], { from: 'ann@x' }],
    [['-bs'], { mode: 's' }],
    [['-bp'], { mode: 'p' }],
    [['-q'], { mode: 'q' }],
    [['-q30m'], { mode: 'q' }],
    [['-Ac', '-q'], { mode: 'q' }],
    [['-Am', '-t'], { mode: 'm', fromHeaders: true }],
    [
      ['-bm', '-N', 'never', '-R', 'hdrs', '-V', 'id', '-B8BITMIME', '-v'],
      { notify: 'never', ret: 'hdrs', envid: 'id', body: '8BITMIME', verbose: true },
    ],
    [['-O', 'DeliveryMode=b', '-C', '/etc/x', '-h3', '-q', 'a@x'], { recipients: ['a@x'], mode: 'm' }],
  ];
  for (const [args, expected] of rows) {
    const got = parseSendmail(args);
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(got[key as keyof typeof got], value, args.join(' '));
  }
  for (const args of [['-Z'], ['-f'], ['-bd'], ['--json']]) {
    assert.throws(
      () => parseSendmail(args),
      (error: CsError) => error.code === 'CS_USAGE',
      args.join(' '),
    );
  }
});

test('-t takes recipients from the header and Bcc out of it', () => {
  const { to, text, envelope } = submit(
    'To: a@x.test\nBcc: h@x.test,\n i@x.test\nSubject: s\n\nbody\n',
    '-t',
    '-fann@x.test',
    'z@x.test',
  );
  assert.deepEqual(to, ['z@x.test', 'a@x.test', 'h@x.test', 'i@x.test']);
  assert.equal(envelope.from, 'ann@x.test');
  assert.match(
    text,
    /^To: a@x\.test\r\nSubject: s\r\nFrom: ann@x\.test\r\nDate: .*\r\nMessage-ID: <.*>\r\n\r\nbody\r\n$/,
  );
});

test('-t knows groups without members, names of this machine in a list, and quoted commas', () => {
  const of = (head: string) => submit(`${head}\n\nbody\n`, '-t', '-fann@x.test').to;
  assert.deepEqual(of('To: undisclosed-recipients:;\nBcc: a@x.test'), ['a@x.test']);
  assert.deepEqual(of('To: root, "B, C" <b@x.test>, <"d e"@x.test>'), [
    `root@${hostname()}`,
    'b@x.test',
    '"d e"@x.test',
  ]);
  assert.throws(
    () => of('To: two words, a@x.test'),
    (error: CsError) => error.code === 'CS_INPUT',
  );
});

test('what is there already stays; text without a header is a body', () => {
  const { text } = submit('From: q@x.test\nDate: d\nMessage-ID: <m@x>\n\nb\n', 'a@x.test');
  assert.equal(text, 'From: q@x.test\r\nDate: d\r\nMessage-ID: <m@x>\r\n\r\nb\r\n');
  assert.match(
    submit('hello\n', '-F', 'Ann "B"', '-f', 'a@x.test', 'b@x.test').text,
    /^From: "Ann \\"B\\"" <a@x\.test>\r\n[\s\S]*\r\n\r\nhello\r\n$/,
  );
});

test('a lone dot ends the message, unless -i says that it does not', () => {
  assert.match(submit('Subject: x\n\na\n.\nb\n', 'a@x.test').text, /\r\n\r\na\r\n$/);
  assert.match(submit('Subject: x\n\na\n.', 'a@x.test').text, /\r\n\r\na\r\n$/);
  assert.match(submit('Subject: x\n\na\n.\nb\n', '-i', 'a@x.test').text, /\r\n\r\na\r\n\.\r\nb\r\n$/);
});

test('CL-07 line breaks in what the caller names', () => {
  for (const args of [['a@x\r\nb'], ['-f', 'a\n@x', 'b@x'], ['-F', 'a\r\nX: y', 'b@x'], ['-V', 'a\r\nb', 'b@x'], []]) {
    assert.throws(
      () => submit('hello\n', ...args),
      (error: CsError) => error.exit === 2,
      JSON.stringify(args),
    );
  }
});

test('a name without a domain is one of this machine', () => {
  assert.match(submit('x\n', 'root').to[0]!, /^root@./);
  assert.equal(submit('x\n', '-f', '<>', 'root').envelope.from, '');
});

test('-bs carries SMTP both ways and says QUIT for who forgot it', async () => {
  const taken: Taken[] = [];
  await using server = await scripted(honest([], taken));
  const input = new PassThrough();
  const output = new PassThrough();
  input.end('EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nhi\r\n.\r\n');
  await carry(await dial(contextFor(server.port).target), input, output);
  assert.equal(taken[0]!.message, 'hi\r\n');
  output.end();
  const said = Buffer.concat(await output.toArray()).toString();
  assert.match(said, /^220 .*\r\n[\s\S]*354 go\r\n[\s\S]*221 2\.0\.0 bye\r\n$/);
});
