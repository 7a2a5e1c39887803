/** Files of the memory as answers that stand ready: the same as `staticHandler` gives, for requests that ask for no more. */
import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, filePath } from '../../../kit/file-path.ts';
import { precondition } from '../../shared/http/conditions.ts';
import type { ReadyAnswer, ReadySource } from '../../shared/http/fast-path.ts';
import type { Recognised } from '../../shared/http/recognise.ts';
import type { Sites } from '../sites.ts';
import type { Form } from './form.ts';
import type { KeptFile } from './kept-file.ts';
import { INDEX } from './locate.ts';
import { type FileMemory, keyOf } from './memory.ts';
import { wantsList } from './static.ts';

/** @param tree as everybody sees it */
export function readyFiles(tree: FileTree, memory: FileMemory, sites: Sites): ReadySource {
  /** What one head names, worked out once; undefined where no file can have that name. */
  const names = new WeakMap<Recognised, { readonly name: FilePath; readonly key: string } | undefined>();
  const load = async (name: FilePath, request: Recognised, now: number): Promise<ReadyAnswer | undefined> => {
    const facts = await tree.stat(name);
    const kept = facts.kind === 'file' ? await memory.load({ name, facts }, now) : undefined;
    return kept && fromKept(kept, request);
  };
  return (request, now) => {
    let named = names.get(request);
    if (named === undefined && !names.has(request)) {
      named = nameOf(request, sites);
      names.set(request, named);
    }
    if (named === undefined) return undefined;
    const kept = memory.find(named.key, now);
    return kept ? fromKept(kept, request) : load(named.name, request, now);
  };
}

function nameOf(request: Recognised, sites: Sites) {
  const { path, directory, authority } = request;
  if (wantsList(request, false)) return undefined;
  try {
    const own = [...sites.home(authority.host), ...filePath(path)];
    const name = directory ? [...own, INDEX] : own;
    return { name, key: keyOf(name) };
  } catch {
    return undefined;
  }
}

function fromKept(kept: KeptFile, request: Recognised): ReadyAnswer | Promise<ReadyAnswer | undefined> | undefined {
  try {
    const form = kept.form(request.header('accept-encoding'));
    if (form === undefined) return undefined;
    return form instanceof Promise ? form.then((made) => made && answer(made, request)) : answer(form, request);
  } catch (error) {
    if (error instanceof CsError) return undefined;
    throw error;
  }
}

function answer(form: Form, request: Recognised): ReadyAnswer | undefined {
  const failed = precondition(request, form.of);
  if (failed === undefined) return form.found;
  return failed === 304 ? form.notModified : undefined;
}
