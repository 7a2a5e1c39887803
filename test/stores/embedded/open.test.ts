import { deliverySuite } from '../../conformance/delivery.ts';
import { journalSuite } from '../../conformance/journal.ts';
import { keepingSuite } from '../../conformance/keeping.ts';
import { mailScanSuite } from '../../conformance/mail-scan.ts';
import { mailStoreSuite } from '../../conformance/mail-store.ts';
import { mailViewSuite } from '../../conformance/mail-views.ts';
import { spoolSuite } from '../../conformance/spool.ts';
import { usersSuite } from '../../conformance/users.ts';
import { embedded } from './subject.ts';

mailStoreSuite('embedded', embedded);
mailViewSuite('embedded', embedded);
mailScanSuite('embedded', embedded);
deliverySuite('embedded', embedded);
journalSuite('embedded', embedded);
spoolSuite('embedded', embedded);
usersSuite('embedded', embedded);
keepingSuite('embedded', embedded);
