/** One resumable upload: all that there is to know of it stands in its address and in the stage that the tree keeps. */
import { randomBytes } from 'node:crypto';

export interface TusUpload {
  /** Random: who knows it may go on with the upload. */
  readonly key: string;
  /** Octets of the whole. */
  readonly length: number;
  /** Whether it may take the place of a file. */
  readonly replace: boolean;
}

/** Milliseconds after its last octet that an upload can be gone on with. */
export const TUS_KEPT_FOR = 24 * 3_600_000;

export function newUpload(length: number, replace: boolean): TusUpload {
  return { key: randomBytes(16).toString('base64url'), length, replace };
}

export function uploadId({ key, length, replace }: TusUpload): string {
  return `${key}.${length.toString(36)}.${replace ? 'r' : 'n'}`;
}

/** Undefined for what we never gave out. */
export function parseUploadId(id: string): TusUpload | undefined {
  const [, key, digits = '', mode] = /^([A-Za-z0-9_-]{22})\.([0-9a-z]{1,11})\.([rn])$/.exec(id) ?? [];
  const length = Number.parseInt(digits, 36);
  if (key === undefined || !Number.isSafeInteger(length)) return undefined;
  return { key, length, replace: mode === 'r' };
}

/** Nobody but the account that began it finds it again. */
export function stageName(user: string, upload: TusUpload): string {
  return `tus:${user}:${uploadId(upload)}`;
}
