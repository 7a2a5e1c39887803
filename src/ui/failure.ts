import type { Json } from '../contracts/journal.ts';
import type { CsError } from '../kit/errors.ts';
import { escapeBlock, escapeLine } from '../kit/escape.ts';
import { redact } from '../kit/secret.ts';
import type { Paint } from './ui.ts';

/** What, why, how (surface.md section 4). */
export function failureText(error: CsError, paint: Paint): string {
  const lines = [`${paint.red('error:')} ${redact(escapeBlock(error.message))}`];
  if (error.reply !== undefined) lines.push(`${paint.dim('reply:')} ${redact(escapeLine(error.reply))}`);
  if (error.hint !== undefined) lines.push(`${paint.cyan('hint:')}  ${redact(error.hint)}`);
  if (error.code === 'CS_BUG') {
    lines.push('       this is a defect of cs; the trace below belongs into the report');
    const cause = error.cause instanceof Error ? error.cause : error;
    lines.push(redact(escapeBlock(cause.stack ?? cause.message)));
  }
  return `${lines.join('\n')}\n`;
}

export function failureJson(error: CsError): string {
  const object: Record<string, Json> = {
    schema: 'cs.error/1',
    event: 'error',
    code: error.code,
    message: redact(error.message),
    hint: error.hint === undefined ? null : redact(error.hint),
    retryable: error.retryable,
    exit_code: error.exit,
    protocol_reply: error.reply === undefined ? null : redact(error.reply),
  };
  return `${JSON.stringify(object)}\n`;
}
