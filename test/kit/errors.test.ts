import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsError, ERRORS, type ErrorCode } from '../../src/kit/errors.ts';

/** Code, what the peer said, exit code (surface: 13 is this machine, 9 and 10 are the peer). */
const rows: readonly (readonly [ErrorCode, string | undefined, number])[] = [
  ['CS_DENIED', undefined, 13],
  ['CS_DENIED', '403 Forbidden', 9],
  ['CS_DENIED', '550 not allowed', 9],
  ['CS_DISK_FULL', undefined, 13],
  ['CS_DISK_FULL', '507 Insufficient Storage', 10],
  ['CS_IS_DIRECTORY', '550 a directory', 9],
  ['CS_NOT_FOUND', '404 Not Found', 11],
  ['CS_AUTH_REJECTED', '535 5.7.8 no', 4],
];

for (const [code, reply, exit] of rows) {
  test(`${code} ${reply === undefined ? 'of this machine' : `said by a peer as "${reply}"`} ends with ${exit}`, () => {
    assert.equal(new CsError(code, 'words', reply === undefined ? {} : { reply }).exit, exit);
    assert.equal(new CsError(code, 'words', { reply: 'x', exit: ERRORS.CS_LIMIT.exit }).exit, ERRORS.CS_LIMIT.exit);
  });
}
