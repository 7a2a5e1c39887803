import { CsError } from '../../../kit/errors.ts';

/** Why a WebSocket ends, told to the peer in a Close frame (RFC 6455 section 7.4.1). */
export class WsFailure extends CsError {
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(LIMITS.has(closeCode) ? 'CS_PEER_LIMIT' : 'CS_PEER_PROTOCOL', message);
    this.closeCode = closeCode;
  }
}

const LIMITS = new Set([1008, 1009, 1013]);

/** What a peer may say; 1004 to 1006 and 1015 never travel, 1016 to 2999 are nobody's yet. */
export function mayTravel(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

export function tooLong(octets: number): WsFailure {
  return new WsFailure(1009, `the message is longer than ${octets} octets`);
}
