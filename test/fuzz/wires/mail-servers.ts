/** Whole mail servers over the memory store: whatever a client says is answered in the protocol's own form. */
import assert from 'node:assert/strict';
import type { Accounts } from '../../../src/contracts/accounts.ts';
import type { Handler } from '../../../src/contracts/protocol.ts';
import { defaults } from '../../../src/kit/option.ts';
import { isFreeText, parseResponse } from '../../../src/protocols/imap/client/response.ts';
import { options as imapOptions } from '../../../src/protocols/imap/options.ts';
import { server as imap } from '../../../src/protocols/imap/server.ts';
import { LineReader } from '../../../src/protocols/imap/syntax/line-reader.ts';
import { options as pop3Options } from '../../../src/protocols/pop3/options.ts';
import { server as pop3 } from '../../../src/protocols/pop3/server.ts';
import { options as smtpOptions } from '../../../src/protocols/smtp/options.ts';
import { server as smtp } from '../../../src/protocols/smtp/server.ts';
import { open as openMemory } from '../../../src/stores/memory/open.ts';
import { options as storeOptions } from '../../../src/stores/memory/options.ts';
import { transcripts } from '../seeds.ts';
import { Complaints, conversed, renewed } from '../spoken.ts';
import { pieces, type Wire } from '../wire.ts';

/** Takes any login but the password `wrong`. */
const anyLogin: Accounts = {
  mode: 'any',
  verify: async (user, proof) => {
    const text = proof.kind === 'password' ? proof.password.reveal() : proof.token.reveal();
    return text === 'wrong' ? undefined : { name: user.toLowerCase(), addresses: [], known: false };
  },
  settle: async (user, proved) => (proved ? { name: user, addresses: [], known: false } : undefined),
  owner: async () => undefined,
};
const LIMITS = {
  connections: 10,
  connectionsPerAddress: 10,
  connectionsPerUser: 10,
  handshakeTime: 10_000,
  commandTime: 60_000,
  idleTime: 300_000,
  minimumRate: 500,
};
const PART = '--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nx\r\n';
const MAILS = [
  `Subject: one\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${PART}${PART}--b--\r\n`,
  'Subject: Re: one\r\nDate: Mon, 7 Feb 1994 10:00:00 +0000\r\n\r\n.text\r\n',
];

interface Server {
  readonly handler: Handler;
  readonly complaints: Complaints;
}

/** A server over a store with some mail, as long as a few hundred conversations. */
const serving = (make: (store: Awaited<ReturnType<typeof openMemory>>, log: Complaints['log']) => Promise<Handler>) =>
  renewed(async (): Promise<Server> => {
    const complaints = new Complaints();
    const store = await openMemory({ dir: undefined, options: defaults(storeOptions), log: complaints.log });
    for (const mail of MAILS) {
      const draft = await store.delivery.open({ from: 'app@x.test', to: [{ address: 'ann@x.test' }] });
      await draft.write(Buffer.from(mail));
      await draft.commit();
    }
    return { handler: await make(store, complaints.log), complaints };
  }, 200);

const common = (name: string, log: Complaints['log']) => ({
  server: { id: name, scheme: name, hostname: 'localhost' },
  limits: LIMITS,
  tls: 'offered' as const,
  log,
  version: '1.2.3',
});

export const imapServer = serving(({ mail }, log) =>
  imap.open({ ...common('imap', log), services: { accounts: anyLogin, mail }, options: defaults(imapOptions) }),
);
export const imapSessions: Wire = {
  name: 'imap-server',
  seeds: [
    ...transcripts('imap', 'C'),
    'a LOGIN ann@x.test x\r\nb SELECT INBOX\r\nc FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[1]<0.5>)\r\nd SORT (REVERSE DATE) UTF-8 ALL\r\ne THREAD REFERENCES UTF-8 ALL\r\nf UID SEARCH RETURN (MIN COUNT SAVE) OR SUBJECT x NOT SEEN\r\ng IDLE\r\nDONE\r\nh LOGOUT\r\n',
  ],
  words: [
    ...[
      'a ',
      'LOGIN ann@x.test x\r\n',
      'SELECT INBOX\r\n',
      'FETCH ',
      'UID ',
      'STORE ',
      'SEARCH ',
      'SORT ',
      'THREAD ',
      'COPY ',
      'MOVE ',
      'LIST ',
      'STATUS ',
      'CREATE ',
      'DELETE ',
      'RENAME ',
      'APPEND ',
      'IDLE\r\n',
      'DONE\r\n',
      'AUTHENTICATE PLAIN\r\n',
      'COMPRESS DEFLATE\r\n',
      'ENABLE ',
    ],
    ...[
      '1:*',
      '*',
      '4294967295',
      '(',
      ')',
      '"',
      '\\',
      '{3}\r\nabc',
      '{3+}\r\nabc',
      '~{2+}\r\n\0\0',
      '{99999999999}',
      'NIL',
      '(\\Seen)',
      'BODY[',
      ']',
      'BODY.PEEK[HEADER.FIELDS (SUBJECT)]',
      '<0.5>',
      'BINARY[1]',
      'RETURN (SAVE)',
      'NOT ',
      'OR ',
      '$',
      '&AC8-',
      '%',
      '\r\n',
      ' ',
      'MODSEQ 1',
      '(CHANGEDSINCE 1 VANISHED)',
      '(QRESYNC (1 1))',
      'CONDSTORE',
    ],
  ],
  async fuzz(data, chance) {
    const { handler, complaints } = await imapServer();
    const said = await conversed(handler, pieces(data, chance));
    complaints.none();
    if (/COMPRESS/i.test(data.toString('latin1'))) return;
    // Our own client understands every answer.
    const reader = new LineReader({ isText: isFreeText });
    for (const event of reader.receive(said)) if (event.kind === 'line') parseResponse(event.line);
    assert.doesNotMatch(said.toString('latin1'), /SERVERBUG/);
  },
};

export const pop3Server = serving(({ mail }, log) =>
  pop3.open({ ...common('pop3', log), services: { accounts: anyLogin, mail }, options: defaults(pop3Options) }),
);
export const pop3Sessions: Wire = {
  name: 'pop3-server',
  seeds: [
    ...transcripts('pop3', 'C'),
    'USER ann@x.test\r\nPASS x\r\nSTAT\r\nLIST\r\nUIDL 1\r\nTOP 1 0\r\nRETR 2\r\nDELE 1\r\nRSET\r\nQUIT\r\n',
  ],
  words: [
    'USER ',
    'PASS ',
    'STAT\r\n',
    'LIST ',
    'UIDL ',
    'RETR ',
    'TOP ',
    'DELE ',
    'RSET\r\n',
    'NOOP\r\n',
    'QUIT\r\n',
    'CAPA\r\n',
    'STLS\r\n',
    'AUTH PLAIN ',
    'AUTH SCRAM-SHA-256\r\n',
    'UTF8\r\n',
    '1',
    ' ',
    '*\r\n',
    '=',
    'AGFubkB4LnRlc3QAeA==\r\n',
    '\r\n',
  ],
  async fuzz(data, chance) {
    const { handler, complaints } = await pop3Server();
    const said = await conversed(handler, pieces(data, chance));
    complaints.none();
    assert.match(said.toString('latin1'), /^\+OK [^\r\n]*\r\n(?:[^\r\n]*\r\n)*$/);
  },
};

export const smtpServer = serving(({ delivery, journal }, log) =>
  smtp.open({
    ...common('smtp', log),
    services: { accounts: anyLogin, delivery, journal },
    options: { ...defaults(smtpOptions), tarpit: 0 },
  }),
);
const ENVELOPE = 'EHLO c.test\r\nMAIL FROM:<a@x.test> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<b@y.test> NOTIFY=NEVER\r\n';
export const smtpSessions: Wire = {
  name: 'smtp-server',
  seeds: [
    `${ENVELOPE}DATA\r\nSubject: x\r\n\r\n..text\r\n.\r\nQUIT\r\n`,
    `${ENVELOPE}BDAT 5\r\nhelloBDAT 3 LAST\r\nabcRSET\r\nNOOP\r\n`,
    'EHLO [127.0.0.1]\r\nAUTH PLAIN AGFubkB4LnRlc3QAeA==\r\nVRFY ann\r\nHELP\r\nEXPN x\r\nSTARTTLS\r\n',
    'EHLO x\r\nAUTH LOGIN\r\nYW5u\r\neA==\r\nAUTH SCRAM-SHA-256 biwsbj1hLHI9YmNk\r\n*\r\nHELO y\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nDATA\r\n.\r\n',
    'EHLO x\r\nXCLIENT NAME=a ADDR=192.0.2.1\r\nMAIL FROM:<\xc3\xa4@b.test> SMTPUTF8 RET=HDRS ENVID=a+2Bb\r\nRCPT TO:<c@d.test> ORCPT=rfc822;c@d.test\r\n',
  ],
  words: [
    'EHLO x\r\n',
    'MAIL FROM:',
    'RCPT TO:',
    'DATA\r\n',
    '\r\n.\r\n',
    '\n.\n',
    '\r.\r',
    'BDAT ',
    ' LAST',
    'RSET\r\n',
    'QUIT\r\n',
    'AUTH ',
    'PLAIN ',
    'STARTTLS\r\n',
    '<a@b.test>',
    '<>',
    ' SIZE=',
    ' BODY=',
    ' SMTPUTF8',
    ' NOTIFY=',
    ' ORCPT=',
    '+2B',
    ' ',
    '.',
    '\r\n',
    'GET / HTTP/1.1\r\n',
    '\x16\x03\x01',
    'XCLIENT ',
    'Received: x\r\n',
  ],
  async fuzz(data, chance) {
    const { handler, complaints } = await smtpServer();
    const said = await conversed(handler, pieces(data, chance));
    complaints.none();
    assert.match(said.toString('latin1'), /^(?:[2-5]\d\d[ -][ -~]*\r\n)+$/);
  },
};
