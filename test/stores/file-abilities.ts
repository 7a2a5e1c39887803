import { ABILITIES } from '../../src/stores/wrap/files/over.ts';

/** What memory and disk both can: everything. */
export const STORE_ABILITIES = [...ABILITIES, 'readAt', 'tag'] as const;
