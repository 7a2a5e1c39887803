import { type FilePath, filePath } from '../../kit/file-path.ts';
import type { Places } from './open-places.ts';
import type { Operand } from './operand.ts';
import type { FilePlace } from './place.ts';

export interface LiteralPlace {
  readonly place: FilePlace;
  readonly path: FilePath;
}

/** An operand that names something new: no sign in it is a pattern. */
export async function literalPlace(places: Places, operand: Operand, together?: string): Promise<LiteralPlace> {
  const place = await places.open(operand, together);
  return { place, path: [...place.path, ...filePath(operand.literals)] };
}
