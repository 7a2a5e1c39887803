/** The head of a frame, octet by octet; what must not be is refused as soon as it is seen. */
import { WsFailure } from './failure.ts';
import { CONTROL_OCTETS, FIN, MASKED, RSV1 } from './frame.ts';

export interface Head {
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly length: number;
  /** A client's frame has one. */
  readonly mask: Uint8Array | undefined;
}

export class HeadReader {
  readonly #masked: boolean;
  readonly #deflated: boolean;
  readonly #octets = Buffer.alloc(14);
  #got = 0;
  #needed = 2;

  /** @param masked whether frames must be masked @param deflated whether RSV1 has a meaning (RFC 7692) */
  constructor(masked: boolean, deflated: boolean) {
    this.#masked = masked;
    this.#deflated = deflated;
  }

  /** Octets of a head that is not whole yet. */
  get got(): number {
    return this.#got;
  }

  /** The head, once its last octet is there. Throws `WsFailure`. */
  take(octet: number): Head | undefined {
    this.#octets[this.#got++] = octet;
    if (this.#got === 1) this.#checkFirst(octet);
    else if (this.#got === 2) this.#checkSecond(octet);
    if (this.#got < this.#needed) return undefined;
    return this.#whole();
  }

  #checkFirst(octet: number): void {
    const opcode = octet & 0x0f;
    const control = opcode >= 0x8;
    if ((octet & 0x30) !== 0) throw new WsFailure(1002, 'a reserved bit is set');
    if ((octet & RSV1) !== 0 && (!this.#deflated || control || opcode === 0)) {
      throw new WsFailure(1002, 'a reserved bit is set');
    }
    if ((opcode > 0x2 && opcode < 0x8) || opcode > 0xa) throw new WsFailure(1002, 'a reserved opcode');
    if (control && (octet & FIN) === 0) throw new WsFailure(1002, 'a control frame in fragments');
  }

  #checkSecond(octet: number): void {
    const masked = (octet & MASKED) !== 0;
    const size = octet & 0x7f;
    if (masked !== this.#masked) throw new WsFailure(1002, masked ? 'a masked frame' : 'a frame without a mask');
    if ((this.#octets[0]! & 0x08) !== 0 && size > CONTROL_OCTETS) throw new WsFailure(1002, 'a long control frame');
    this.#needed = 2 + (size === 126 ? 2 : size === 127 ? 8 : 0) + (masked ? 4 : 0);
  }

  #whole(): Head {
    const octets = this.#octets;
    const length = this.#length(octets[1]! & 0x7f);
    const mask = this.#masked ? Uint8Array.from(octets.subarray(this.#needed - 4, this.#needed)) : undefined;
    this.#got = 0;
    this.#needed = 2;
    const first = octets[0]!;
    return { fin: (first & FIN) !== 0, rsv1: (first & RSV1) !== 0, opcode: first & 0x0f, length, mask };
  }

  /** In the fewest octets that hold it (section 5.2). Beyond 2^53 it is as long as that. */
  #length(size: number): number {
    const octets = this.#octets;
    if (size < 126) return size;
    const length = size === 126 ? octets.readUInt16BE(2) : octets.readUInt32BE(2) * 2 ** 32 + octets.readUInt32BE(6);
    if (length < (size === 126 ? 126 : 65_536)) throw new WsFailure(1002, 'a length in more octets than it needs');
    return length;
  }
}
