/** What a seal covers (RFC 8617 section 5.1.1). */
import { canonicalField } from '../dkim/canonical.ts';
import type { Field } from '../dkim/head.ts';
import { withoutProof } from '../dkim/signed-message.ts';

interface SetFields {
  readonly results: Field;
  readonly message: { readonly field: Field };
  readonly seal: { readonly field: Field };
}

/** All sets in their order, in the relaxed form, the last seal without its proof. */
export function sealedOctets(sets: readonly SetFields[], canonical: (field: Field) => string): Buffer {
  const texts = sets.flatMap(({ results, message, seal }, at) => [
    canonical(results),
    canonical(message.field),
    at < sets.length - 1 ? canonical(seal.field) : canonicalField(withoutProof(seal.field), 'relaxed'),
  ]);
  return Buffer.from(texts.join('\r\n'), 'latin1');
}
