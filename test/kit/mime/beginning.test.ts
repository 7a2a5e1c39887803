import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginningOf, firstWords, textPart } from '../../../src/kit/mime/beginning.ts';
import { MessageIndexer } from '../../../src/kit/mime/indexer.ts';

function words(mail: string): string | undefined {
  const octets = Buffer.from(mail);
  const indexer = new MessageIndexer();
  indexer.write(octets);
  const part = textPart(indexer.end().root);
  if (!part) return undefined;
  const { start, end } = beginningOf(part);
  return firstWords(part, octets.subarray(start, end));
}

test('the first words are one line of at most 200 characters, none of them cut', () => {
  assert.equal(
    words(`Content-Type: text/plain; charset=utf-8\r\n\r\n${'😀 '.repeat(300)}`),
    '😀 '.repeat(100).trimEnd(),
  );
  assert.equal(words('\r\na\u0007b\r\n\tc'), 'a b c');
  assert.equal(
    words(`Content-Type: text/html\r\n\r\n<head>x</head><b>a</b>&#8203;&lt;${'y'.repeat(500)}`)?.length,
    200,
  );
});

test('plain text goes before HTML, and attachments are passed over', () => {
  const part = (head: string, text: string): string => `--b\r\n${head}\r\n\r\n${text}\r\n`;
  const mail = (...parts: string[]): string =>
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts.join('')}--b--\r\n`;
  const html = part('Content-Type: text/html', '<p>html');
  const attached = part('Content-Disposition: attachment', 'attached');
  assert.equal(words(mail(html, part('', 'plain'))), 'plain');
  assert.equal(words(mail(attached, html)), 'html');
  assert.equal(words(mail(attached)), undefined);
  assert.equal(words(mail(part('Content-Type: message/rfc822', '\r\ninner'))), undefined);
});
