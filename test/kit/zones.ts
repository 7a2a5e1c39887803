/** Names for the checks on mail, as a zone file has them. */
import { parseZone } from '../../src/net/zone.ts';

export const zone = (text: string) => parseZone(text, 'zone');
