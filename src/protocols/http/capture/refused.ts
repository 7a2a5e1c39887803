import { asCsError } from '../../../kit/errors.ts';
import { statusOf } from '../../shared/http/refusal.ts';
import type { HttpRequest } from '../../shared/http/route.ts';
import { keptBody } from './kept-body.ts';

/** What nobody takes is read this far (octets), so that a test sees what its program sent to the wrong place. */
const MOST = 1024 * 1024;

/** The content of a request that was answered 404 or 405 becomes a fact too. Nothing that goes wrong here changes the answer. */
export async function noteRefused(request: HttpRequest, thrown: unknown): Promise<void> {
  const status = statusOf(asCsError(thrown));
  if (status !== 404 && status !== 405) return;
  const length = request.header('content-length');
  const brings = (length !== undefined && length !== '0') || request.header('transfer-encoding') !== undefined;
  // Who asks first is told first.
  if (!brings || request.header('expect') !== undefined) return;
  try {
    request.note(await keptBody(request.body(MOST)));
  } catch {
    // It was too long, coded, or cut: the fact tells the rest.
  }
}
