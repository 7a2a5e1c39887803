/** A file that appears whole under its name; with `--continue`, one that a later run can go on with. */
import { type ExchangeResponse, type FieldLines, field } from '../../contracts/exchange.ts';
import { CsError } from '../../kit/errors.ts';
import { codeOf, failureOf } from '../exchange/status.ts';
import { type Fetching, received } from './fetching.ts';
import { PartFile } from './part-file.ts';
import { sameAsBefore, validatorOf } from './validator.ts';

export interface Downloaded {
  readonly response: ExchangeResponse;
  readonly size: number;
  /** What is there is not older. */
  readonly skipped: boolean;
}

const NOT_MODIFIED = 304;
const PARTIAL = 206;
const UNSATISFIABLE = 416;

/** @param newer headers that may be answered by 304 */
export async function download(fetching: Fetching, file: string, newer: FieldLines): Promise<Downloaded> {
  const { continue: resume, preserve } = fetching.ctx.options;
  const part = await PartFile.open(file, resume);
  try {
    let response = await fetching.ask([...newer, ...part.condition]);
    if (response.status === UNSATISFIABLE && part.length > 0) {
      const [, total] = /^bytes \*\/(\d{1,15})$/.exec(field(response.headers, 'content-range') ?? '') ?? [];
      await response.discard();
      // All of it is here, or it is another one: asked for anew, that shows.
      if (Number(total) !== part.length || !sameAsBefore(part.validator, response)) await part.restart();
      response = await fetching.ask(part.length > 0 ? part.lastOctet : []);
    }
    if (response.status === NOT_MODIFIED) {
      await response.discard();
      await part.drop();
      return { response, size: 0, skipped: true };
    }
    const code = codeOf(response);
    if (code !== undefined) throw await failureOf(response, code);
    const size = await receive(fetching, response, part);
    const modified = Date.parse(field(response.headers, 'last-modified') ?? '');
    await part.publish(preserve && !Number.isNaN(modified) ? modified : undefined);
    return { response, size, skipped: false };
  } catch (error) {
    await part.leave();
    throw error;
  }
}

async function receive(fetching: Fetching, response: ExchangeResponse, part: PartFile): Promise<number> {
  if (response.status === PARTIAL) {
    const start = startOf(response);
    if (!sameAsBefore(part.validator, response) || start > part.length) {
      throw new CsError('CS_CHANGED', `${response.url} is not what it was: what is here cannot be gone on with`, {
        hint: 'without --continue it is fetched anew',
      });
    }
    await part.cutTo(start);
  } else await part.restart();
  part.validator = validatorOf(response);
  for await (const chunk of received(fetching, response, part.length)) await part.write(chunk);
  if (fetching.checksum) {
    for await (const chunk of part.content()) fetching.checksum.update(chunk);
    try {
      fetching.checksum.check(response.url);
    } catch (error) {
      await part.drop();
      throw error;
    }
  }
  return part.length;
}

function startOf({ headers, url }: ExchangeResponse): number {
  const [, start] = /^bytes (\d{1,15})-\d{1,15}\/\d{1,15}$/.exec(field(headers, 'content-range') ?? '') ?? [];
  if (start === undefined) throw new CsError('CS_PEER_PROTOCOL', `${url}: a part that does not say which`);
  return Number(start);
}
