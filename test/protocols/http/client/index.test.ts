/** Lists of files as servers really write them, and as one would that means harm. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type IndexEntry, readIndex } from '../../../../src/protocols/http/client/index/read.ts';

const PAGE = new URL('http://files.test/pub/');

/** `name/ size time`; `?` where it is not told. */
function shown(entries: readonly IndexEntry[] | undefined): string[] | undefined {
  return entries?.map(({ name, kind, size, modified }) => {
    const time = modified === undefined ? '?' : new Date(modified).toISOString().slice(0, 19);
    return `${name}${kind === 'directory' ? '/' : ''} ${size ?? '?'} ${time}`;
  });
}

const LONG = 'a-rather-long-name-that-an-index-cuts-off-somewhere.tar.gz';

interface Row {
  readonly name: string;
  readonly text: string;
  readonly type?: string;
  readonly says: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'nginx',
    text: `<html>\r\n<head><title>Index of /pub/</title></head>\r\n<body>\r\n<h1>Index of /pub/</h1><hr><pre><a href="../">../</a>\r
<a href="sub/">sub/</a>                                               25-Nov-2026 10:00                   -\r
<a href="a%20b%26c.txt">a b&amp;c.txt</a>                                          25-Nov-2026 10:01                  12\r
<a href="${LONG}">a-rather-long-name-that-an-index-cuts-off-some..&gt;</a> 01-Jan-2026 00:00           104857600\r
</pre><hr></body>\r\n</html>\r\n`,
    says: ['sub/ 0 2026-11-25T10:00:00', 'a b&c.txt 12 2026-11-25T10:01:00', `${LONG} 104857600 2026-01-01T00:00:00`],
  },
  {
    name: 'nginx, sizes rounded',
    text: '<html><head><title>Index of /pub/</title></head><body><h1>Index of /pub/</h1><pre><a href="x.iso">x.iso</a>  25-Nov-2026 10:00    100M\r\n</pre></body></html>',
    says: ['x.iso ? 2026-11-25T10:00:00'],
  },
  {
    name: 'nginx JSON',
    type: 'application/json',
    text: `[
{ "name":"sub", "type":"directory", "mtime":"Wed, 25 Nov 2026 10:00:00 GMT" },
{ "name":"a.txt", "type":"file", "mtime":"Wed, 25 Nov 2026 10:00:01 GMT", "size":12 }
]`,
    says: ['sub/ 0 2026-11-25T10:00:00', 'a.txt 12 2026-11-25T10:00:01'],
  },
  {
    name: 'Caddy JSON',
    type: 'application/json; charset=utf-8',
    text: '[{"name":"sub/","size":4096,"url":"./sub/","mod_time":"2026-11-25T10:00:00.5Z","mode":2147484141,"is_dir":true,"is_symlink":false},{"name":"a b.txt","size":3,"url":"./a%20b.txt","mod_time":"2026-11-25T10:00:01Z","mode":420,"is_dir":false,"is_symlink":false}]',
    says: ['sub/ 0 2026-11-25T10:00:00', 'a b.txt 3 2026-11-25T10:00:01'],
  },
  {
    name: 'ours, JSON',
    type: 'application/json; charset=utf-8',
    text: '{"schema":"cs.listing/1","path":"/pub","entries":[\n{"name":"d","kind":"directory","size":0,"modified":"2026-11-25T10:00:00.000Z","tag":""},\n{"name":"ü","kind":"file","size":7,"modified":"2026-11-25T10:00:00.250Z","tag":"x7"}\n]}\n',
    says: ['d/ 0 2026-11-25T10:00:00', 'ü 7 2026-11-25T10:00:00'],
  },
  {
    name: 'ours, plain index',
    text: '<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>Index of /pub/</title></head>\n<body>\n<h1>Index of /pub/</h1><hr><pre><a href="../">../</a>\n<a href="./javascript%3Ax">javascript:x</a>                     25-Nov-2026 10:00                   5\n<a href="./d/">d/</a>       25-Nov-2026 10:00                   -\n</pre><hr></body>\n</html>\n',
    says: ['javascript:x 5 2026-11-25T10:00:00', 'd/ 0 2026-11-25T10:00:00'],
  },
  {
    name: 'Apache, plain',
    text: '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html>\n <head>\n  <title>Index of /pub</title>\n </head>\n <body>\n<h1>Index of /pub</h1>\n<ul><li><a href="/"> Parent Directory</a></li>\n<li><a href="a.txt"> a.txt</a></li>\n<li><a href="sub/"> sub/</a></li>\n</ul>\n</body></html>\n',
    says: ['a.txt ? ?', 'sub/ 0 ?'],
  },
  {
    name: 'Apache, fancy',
    text: '<html><head><title>Index of /pub</title></head><body><h1>Index of /pub</h1>\n<pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a>                    <a href="?C=M;O=A">Last modified</a>      <a href="?C=S;O=A">Size</a>  <a href="?C=D;O=A">Description</a><hr><img src="/icons/back.gif" alt="[PARENTDIR]"> <a href="/">Parent Directory</a>                             -   \n<img src="/icons/text.gif" alt="[TXT]"> <a href="a.txt">a.txt</a>                   2026-11-25 10:00   12   \n<img src="/icons/compressed.gif" alt="[   ]"> <a href="b.tar.gz">b.tar.gz</a>                2026-11-25 10:00  1.2K  \n<img src="/icons/folder.gif" alt="[DIR]"> <a href="sub/">sub/</a>                    2026-11-25 10:00    -   \n<hr></pre>\n</body></html>\n',
    says: ['a.txt 12 2026-11-25T10:00:00', 'b.tar.gz ? 2026-11-25T10:00:00', 'sub/ 0 2026-11-25T10:00:00'],
  },
  {
    name: 'Apache, table',
    text: '<html><head><title>Index of /pub</title></head><body><h1>Index of /pub</h1><table><tr><th valign="top">&nbsp;</th><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th><th><a href="?C=S;O=A">Size</a></th></tr><tr><td><a href="/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>\n<tr><td valign="top">&nbsp;</td><td><a href="a.txt">a.txt</a></td><td align="right">2026-11-25 10:00  </td><td align="right"> 12 </td></tr>\n<tr><td><a href="big.iso">big.iso</a></td><td align="right">2026-11-25 10:00  </td><td align="right">700M</td></tr></table></body></html>',
    says: ['a.txt 12 2026-11-25T10:00:00', 'big.iso ? 2026-11-25T10:00:00'],
  },
  {
    name: 'lighttpd',
    text: '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="UTF-8">\n<title>Index of /pub/</title>\n</head>\n<body>\n<h1>Index of /pub/</h1>\n<div class="list">\n<table summary="Directory Listing" cellpadding="0" cellspacing="0">\n<thead><tr><th class="n">Name</th><th class="m">Last Modified</th><th class="s">Size</th><th class="t">Type</th></tr></thead>\n<tbody>\n<tr class="d"><td class="n"><a href="../">..</a>/</td><td class="m">&nbsp;</td><td class="s">- &nbsp;</td><td class="t">Directory</td></tr>\n<tr class="d"><td class="n"><a href="sub/">sub</a>/</td><td class="m">2026-Nov-25 10:00:00</td><td class="s">- &nbsp;</td><td class="t">Directory</td></tr>\n<tr><td class="n"><a href="a.txt">a.txt</a></td><td class="m">2026-Nov-25 10:00:01</td><td class="s">0.1K</td><td class="t">text/plain</td></tr>\n</tbody>\n</table>\n</div>\n</body>\n</html>\n',
    says: ['sub/ 0 2026-11-25T10:00:00', 'a.txt ? 2026-11-25T10:00:01'],
  },
  {
    name: 'Python',
    text: '<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Directory listing for /pub/</title>\n</head>\n<body>\n<h1>Directory listing for /pub/</h1>\n<hr>\n<ul>\n<li><a href="a%20b.txt">a b.txt</a></li>\n<li><a href="link">link@</a></li>\n<li><a href="sub/">sub/</a></li>\n</ul>\n<hr>\n</body>\n</html>\n',
    says: ['a b.txt ? ?', 'link ? ?', 'sub/ 0 ?'],
  },
  {
    name: 'only links one step below, each once',
    text: `<title>Index of /pub</title>${[
      '../',
      '/',
      '/pub/',
      './',
      '?C=N',
      'a.txt?x=1',
      '#top',
      'sub/deep.txt',
      'http://elsewhere.test/pub/a.txt',
      '//elsewhere.test/pub/a.txt',
      'https://files.test/pub/a.txt',
      'http://files.test/pub/absolute.txt',
      '/pub/rooted.txt',
      '/public/x',
      'javascript:alert(1)',
      'mailto:a@b.test',
      '%zz',
      'CON',
      'rooted.txt',
    ]
      .map((href) => `<a href="${href}">x</a>`)
      .join('\n')}`,
    says: ['absolute.txt ? ?', 'rooted.txt ? ?'],
  },
  {
    name: 'names are decoded once, entities too; any quotes, any case',
    text: '<title>Index of /pub</title><A HREF=\'it%2527s.txt\'>x</A><a class=y href=plain.txt>x</a><a href="a&amp;amp;b&#39;c&#x41;.txt">x</a>',
    says: ['it%27s.txt ? ?', 'plain.txt ? ?', "a&amp;b'cA.txt ? ?"],
  },
];

describe('indexes', () => {
  for (const { name, text, type = 'text/html; charset=utf-8', says } of ROWS) {
    test(name, () => assert.deepEqual(shown(readIndex(text, type, PAGE)), says));
  }

  test('a page under an escaped name has its names all the same', () => {
    const url = new URL("http://files.test/it's%20here/");
    const text = '<title>Index of x</title><a href="/it%27s%20here/a.txt">a</a>';
    assert.deepEqual(shown(readIndex(text, 'text/html', url)), ['a.txt ? ?']);
  });

  test('what is no list is none', () => {
    const none: readonly [string, string][] = [
      ['<html><title>Welcome</title><a href="a.txt">a</a></html>', 'text/html'],
      ['hello', 'text/plain'],
      ['{"a":1}', 'application/json'],
      ['[1,2]', 'application/json'],
      ['[{"id":1}]', 'application/json'],
      ['[', 'application/json'],
      ['null', 'application/json'],
    ];
    for (const [text, type] of none) assert.equal(readIndex(text, type, PAGE), undefined, text);
    assert.deepEqual(readIndex('[]', 'application/json', PAGE), []);
  });

  const hostile: readonly [string, string, string][] = [
    ['a way up in JSON', '[{"name":"../../.ssh/authorized_keys","type":"file"}]', 'application/json'],
    ['an absolute name', '[{"name":"/etc/passwd","type":"file"}]', 'application/json'],
    ['the directory above', '[{"name":"..","type":"directory"}]', 'application/json'],
    ['a control', '[{"name":"a\\u001bb","type":"file"}]', 'application/json'],
    ['an escaped slash in a link', '<title>Index of /</title><a href="..%2f..%2fetc">x</a>', 'text/html'],
    ['NUL in a link', '<title>Index of /</title><a href="a%00b">x</a>', 'text/html'],
  ];
  for (const [name, text, type] of hostile) {
    test(`CL-02 ${name}: refused as a whole`, () => {
      assert.throws(() => readIndex(text, type, PAGE), { code: 'CS_PEER_PROTOCOL', exit: 8 });
    });
  }

  test('a large page takes time as its length does', () => {
    const page = (links: number): string =>
      `<title>Index of /</title>${'<a '.repeat(50_000)}${Array.from({ length: links }, (_, n) => `<a href="f${n}">f${n}</a> 25-Nov-2026 10:00 ${n}\n`).join('')}`;
    const entries = readIndex(page(50_000), 'text/html', PAGE);
    assert.equal(entries?.length, 50_000);
  });
});
