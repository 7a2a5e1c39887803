/** A text as the lines of a QR code, two modules a character. The library is loaded only where one is shown. */
import type { Paint } from './ui.ts';

/** Light modules are drawn: on a light terminal only colours make it readable. */
export async function qrCode(text: string): Promise<(paint: Paint) => string> {
  const { renderUnicodeCompact } = await import('uqr');
  const lines = renderUnicodeCompact(text, { border: 2 }).split('\n');
  return (paint) => lines.map((line) => `  ${paint.plate(line)}`).join('\n');
}
