import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFaultWords } from '../../../src/commands/serving/fault-words.ts';
import { findServices } from '../../../src/commands/serving/services.ts';
import type { CsError } from '../../../src/kit/errors.ts';

const refusal = (fail: readonly string[], ...words: string[]): Promise<CsError> =>
  checkFaultWords(fail, findServices(words)).then(
    () => assert.fail('it was taken'),
    (error: CsError) => {
      assert.equal(error.code, 'CS_USAGE');
      return error;
    },
  );

test('--fail takes the commands of the servers that are started, in any case', async () => {
  await checkFaultWords(['rcpt:5%', 'MESSAGE:1:554', 'bdat:1'], findServices(['smtp']));
  await checkFaultWords(['rcpt:1', 'retr:1', 'idle:1:INUSE'], findServices(['mail']));
  await checkFaultWords(['stor:451'], findServices(['ftp', 'http']));
});

test('--fail with a command that no server here knows is refused at the start, and says which there are', async () => {
  const foreign = await refusal(['rcpt:1', 'fetch:1'], 'smtp', 'pop3');
  assert.match(foreign.message, /--fail fetch: no server here/);
  assert.match(foreign.hint ?? '', /one of: .*\brcpt\b.*\bretr\b/);
  assert.match((await refusal(['retre:1'], 'pop3')).hint ?? '', /did you mean retr\?/);
  assert.match((await refusal(['get:1'], 'http')).hint ?? '', /none of these servers/);
  assert.match((await refusal(['nonsense'], 'smtp')).hint ?? '', /write rcpt:5%/);
});
