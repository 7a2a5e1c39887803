import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailStore } from '../../src/contracts/mail.ts';
import { fails, type Make, message } from './harness.ts';

/** Stores that mail is delivered to by a session of ours tell afterwards which one it was. */
export function mailOriginSuite(name: string, make: Make): void {
  test(`${name}: where a message came from is kept with it, and shared by its copies`, {
    timeout: 120_000,
  }, async () => {
    const { store, reopen, close } = await make();
    try {
      const session = {
        server: 'smtps',
        conn: 'c9',
        with: 'ESMTPSA',
        helo: 'client.test',
        address: '192.0.2.7',
        user: 'ann@x.test',
        secure: true,
      };
      const said = 'C: EHLO \u00fc"\nS: 250 2.0.0 ok, stored as ';
      for (const one of [session, { ...session, user: undefined, transcript: () => said }, undefined]) {
        const draft = await store.delivery.open({
          from: '',
          to: [{ address: 'ann@x.test' }],
          ...(one && { session: one }),
        });
        await draft.write(message('one'));
        await draft.commit();
      }
      const mail = (await store.mail.of('ann@x.test')) as Required<MailStore>;
      await mail.create('kept');
      await mail.copy('INBOX', [2], 'kept');
      const second = { ...session, user: undefined, transcript: said };
      const look = async (from: Required<MailStore>): Promise<void> => {
        assert.deepEqual(await from.origin('INBOX', 1), { ...session, transcript: undefined });
        assert.deepEqual(await from.origin('INBOX', 2), second);
        assert.equal(await from.origin('INBOX', 3), undefined);
        assert.deepEqual(await from.origin('kept', 1), second);
        await fails('CS_NOT_FOUND', () => from.origin('INBOX', 9));
      };
      await look(mail);
      if (reopen) await look((await (await reopen()).mail.of('ann@x.test')) as Required<MailStore>);
    } finally {
      await close();
    }
  });
}
