import type { Fact } from '../../../contracts/journal.ts';
import { concerns, EVERYTHING } from './inboxes.ts';

/** Who asks, and so what may be told. */
export interface Principal {
  /** The account's name; '' on a server that needs no login: everything captured may be seen. */
  readonly user: string;
  /** By the token or the login of a lent inbox: no mail but its own, and nothing of the whole server. */
  readonly confined: boolean;
  /** Of a lent inbox: aborts when it is gone, and whatever still streams ends with it. */
  readonly life: AbortSignal | undefined;
}

/** May this one hear of a stored message? Whatever pushes facts instead of opening a catalogue asks here. */
export function visible({ user, life }: Principal, stored: Fact): boolean {
  if (life?.aborted) return false;
  return concerns(stored, user === '' ? EVERYTHING : user);
}
