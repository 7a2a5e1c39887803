/** A running instance seen from outside keeps the contracts of what it stands on. */
import type { MailStore } from '../../../src/contracts/mail.ts';
import type { OpenStore } from '../../../src/contracts/store.ts';
import type { Subject } from '../../conformance/harness.ts';
import { journalSuite } from '../../conformance/journal.ts';
import { mailModelSuite } from '../../conformance/mail-model.ts';
import { mailOriginSuite } from '../../conformance/mail-origin.ts';
import { mailViewSuite } from '../../conformance/mail-views.ts';
import { controlStage } from './stage.ts';

async function remoteSubject(): Promise<Subject> {
  const stage = await controlStage();
  const remote = await stage.connect();
  const { store } = stage;
  const journal = { ...remote.journal!, add: store.journal.add.bind(store.journal) };
  const seen: OpenStore = { ...store, journal, mail: remote.house! };
  return {
    store: seen,
    close: async () => {
      await remote[Symbol.asyncDispose]();
      await stage.close();
    },
  };
}

journalSuite('control API', remoteSubject);
const having = [
  'open',
  'changes',
  'watch',
  'append',
  'flag',
  'copy',
  'move',
  'create',
  'drop',
  'rename',
  'subscribe',
  'quota',
];
mailViewSuite('control API', remoteSubject, having as (keyof MailStore)[]);
mailOriginSuite('control API', remoteSubject);
mailModelSuite('control API', remoteSubject, 200);
