import type { ByteRange } from '../../contracts/mail.ts';

/** A message in a file of its own, or a part of one. */
export interface Kept {
  readonly uid: number;
  /** Where it is, in the format's own words: a path, an offset. */
  readonly at: string;
  /** Octets as mail counts them: lines end with CRLF. */
  readonly size: number;
  /** Milliseconds. */
  readonly receivedAt: number;
  readonly flags: readonly string[];
}

export interface KeptBox {
  readonly uidValidity: number;
  readonly uidNext: number;
  /** Ascending by uid. */
  readonly messages: readonly Kept[];
}

export interface NewMail {
  readonly flags: readonly string[];
  readonly receivedAt: number;
  /** Octets, CRLF or LF, in order; read once. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Mail in files, as some format lays them out. What other programs wrote there is read and never renamed; abilities that a
 * format has not are absent.
 */
export interface MailFormat {
  names(): Promise<readonly string[]>;
  /** What there is now. Throws `CS_NOT_FOUND`. */
  load(name: string): Promise<KeptBox>;
  read(name: string, kept: Kept, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Whole or not at all; safe from a crash once it resolved. */
  add(name: string, mail: NewMail): Promise<Kept>;
  create(name: string): Promise<void>;
  /** Resolves to the message as it is now, with those of the flags that the format can keep. */
  flag?(name: string, kept: Kept, flags: readonly string[]): Promise<Kept>;
  remove?(name: string, kept: readonly Kept[]): Promise<void>;
  drop?(name: string): Promise<void>;
  /** Nothing will be done any more. */
  close?(): Promise<void>;
}

/**
 * Uids from here on are this run's alone: the message came from another program, which gave it none. A second run may know
 * it by another.
 */
export const PASSING = 0x8000_0000;
