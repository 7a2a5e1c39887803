import assert from 'node:assert/strict';
import { test } from 'node:test';
import { say } from '../say.ts';
import { web } from '../stage.ts';
import { MapTree, readOnly } from '../tree.ts';

const FILES = {
  '/page.html': '<script>1</script>',
  '/image.svg': '<svg/>',
  '/x.xhtml': '<html/>',
  '/feed.xml': '<a/>',
};

test('HT-32 uploaded HTML, SVG, XHTML and XML: attachment, nosniff, sandbox, also from memory', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  for (const [target, body] of Object.entries({ ...FILES, '/index.html': 'home' })) {
    await say(stage, 'PUT', target, { body });
    for (const asked of target === '/index.html' ? ['/', '/', target] : [target, target]) {
      const got = await say(stage, 'GET', asked, { headers: { Accept: 'text/html' } });
      assert.equal(got.status, 200);
      assert.match(got.headers['content-security-policy'] ?? '', /^sandbox; default-src 'none'/, asked);
      assert.match(got.headers['content-disposition'] ?? '', /^attachment; filename="/);
      assert.equal(got.headers['x-content-type-options'], 'nosniff');
    }
  }
  await say(stage, 'PUT', '/plain.txt', { body: 'x' });
  assert.equal((await say(stage, 'GET', '/plain.txt')).headers['content-disposition'], undefined);
});

test('where nobody can upload, or uploads are trusted, pages are pages', async () => {
  await using still = await web(readOnly(new MapTree(FILES)));
  await using trusted = await web(new MapTree(FILES), { trustUploads: true });
  for (const stage of [still, trusted]) {
    for (const target of Object.keys(FILES)) {
      const { headers } = await say(stage, 'GET', target);
      assert.deepEqual([headers['content-security-policy'], headers['content-disposition']], [undefined, undefined]);
    }
  }
});
