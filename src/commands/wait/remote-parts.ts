import type { Journal } from '../../contracts/journal.ts';
import type { MailHouse } from '../../contracts/mail.ts';
import type { Remote } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';

const HINT = { hint: 'name an instance of cs: --name NAME, or CS_CONTROL' };

export function journalOf(remote: Remote): Journal {
  if (remote.journal) return remote.journal;
  throw new CsError('CS_USAGE', 'this server keeps no journal', HINT);
}

export function houseOf(remote: Remote): MailHouse {
  if (remote.house) return remote.house;
  throw new CsError('CS_USAGE', 'this server keeps no captured mail', HINT);
}
