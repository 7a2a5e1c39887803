/** DKIM signatures on mail that leaves (`--dkim-key`): made as it is handed on, with the key that the start has read. */
import { readFile } from 'node:fs/promises';
import { asCsError, CsError } from '../../kit/errors.ts';
import type { Sign } from '../../relay/lane.ts';
import type { ServingContext } from './start.ts';

/** Undefined: not asked for. Throws `CS_USAGE` for a part of the three, `CS_INPUT` for what is no key. */
export async function leavingSigned({
  options,
  ui,
}: Pick<ServingContext, 'options' | 'ui'>): Promise<Sign | undefined> {
  const { dkimKey: file, dkimDomain: domain, dkimSelector: selector } = options;
  if (file === undefined && domain === undefined && selector === undefined) return undefined;
  if (file === undefined || domain === undefined || selector === undefined) {
    throw new CsError('CS_USAGE', '--dkim-key, --dkim-domain and --dkim-selector go together');
  }
  const [{ dkimKey }, { dkimFieldFor }] = await Promise.all([
    import('../../kit/dkim/sign.ts'),
    import('../../kit/dkim/sign-stream.ts'),
  ]);
  let pem: Buffer;
  try {
    pem = await readFile(file);
  } catch (error) {
    throw new CsError('CS_INPUT', `cannot read --dkim-key: ${asCsError(error).message}`, { cause: error });
  }
  const key = dkimKey(pem, domain, selector);
  return async (content) => {
    const field = await dkimFieldFor(content, key);
    if (!field) ui.log('warn', 'queue.unsigned', { reason: 'the header is too large to be signed' });
    return field;
  };
}
