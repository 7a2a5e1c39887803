import { defaults } from '../../../src/kit/option.ts';
import { open } from '../../../src/stores/memory/open.ts';
import { options } from '../../../src/stores/memory/options.ts';
import { deliverySuite } from '../../conformance/delivery.ts';
import type { Subject } from '../../conformance/harness.ts';
import { journalSuite } from '../../conformance/journal.ts';
import { type Kept, keepingSuite } from '../../conformance/keeping.ts';
import { lendingSuite } from '../../conformance/lending.ts';
import { mailModelSuite } from '../../conformance/mail-model.ts';
import { mailOriginSuite } from '../../conformance/mail-origin.ts';
import { mailScanSuite } from '../../conformance/mail-scan.ts';
import { mailStoreSuite } from '../../conformance/mail-store.ts';
import { mailViewSuite } from '../../conformance/mail-views.ts';
import { spoolSuite } from '../../conformance/spool.ts';
import { usersSuite } from '../../conformance/users.ts';

async function make(kept: Kept = {}): Promise<Subject> {
  const store = await open({ dir: undefined, options: { ...defaults(options), ...kept }, log: () => {} });
  return { store, close: async () => store[Symbol.asyncDispose]() };
}

mailStoreSuite('memory', make);
mailOriginSuite('memory', make);
mailViewSuite('memory', make);
mailScanSuite('memory', make);
deliverySuite('memory', make);
journalSuite('memory', make);
spoolSuite('memory', make);
usersSuite('memory', make);
lendingSuite('memory', make);
keepingSuite('memory', make);
mailModelSuite('memory', make, 1000);
