/** A small file in memory, in every form in which it was asked for. */
import type { FileFacts, FileTree, OpenFile } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type Coding, chooseCoding } from '../../shared/http/coding.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import { type Codings, compress } from './codings.ts';
import { Form } from './form.ts';
import type { Named } from './locate.ts';
import { type FileRules, represent } from './representation.ts';

/** Octets of a file that is kept as it is; of a larger one its coded forms only. */
export const SMALL = 64 * 1024;

export interface KeptFileParts {
  readonly tree: FileTree;
  readonly named: Named;
  readonly codings: Codings;
  readonly rules: FileRules;
  /** `performance.now()` */
  readonly checked: number;
  readonly grew: (octets: number) => void;
}

export class KeptFile {
  readonly named: Named;
  /** `performance.now()` when it was last seen to be as it is here. */
  checked: number;
  /** Of all its forms. */
  octets = 0;
  /** Told when a form was made. */
  readonly #grew: (octets: number) => void;
  readonly #tree: FileTree;
  readonly #rules: FileRules;
  readonly #codings: Codings;
  readonly #forms = new Map<Coding, Form | Promise<Form | undefined>>();
  #offered: readonly Coding[];

  constructor({ tree, named, codings, rules, checked, grew }: KeptFileParts) {
    this.#tree = tree;
    this.named = named;
    this.#codings = codings;
    this.#offered = codings.offered;
    this.#rules = rules;
    this.checked = checked;
    this.#grew = grew;
  }

  /** Whether what is in the tree is still what is here; asks the tree. */
  same(): boolean {
    return (
      sameFile(this.#tree, this.named) && [...this.#codings.sidecars.values()].every((one) => sameFile(this.#tree, one))
    );
  }

  /** In the form that the client likes most; undefined: as it is, from the tree. Throws 406, `CS_CHANGED`. */
  form(acceptEncoding: string | undefined): Form | Promise<Form | undefined> | undefined {
    const coding = chooseCoding(acceptEncoding, this.#offered);
    if (coding === undefined) throw notAcceptable();
    if (coding === 'identity' && this.named.facts.size > SMALL) return undefined;
    const form = this.#forms.get(coding);
    return form instanceof Form ? form : this.#made(coding, acceptEncoding);
  }

  async #made(coding: Coding, acceptEncoding: string | undefined): Promise<Form | undefined> {
    let making = this.#forms.get(coding);
    if (making === undefined) {
      making = this.#make(coding);
      this.#forms.set(coding, making);
      making.catch(() => this.#forms.delete(coding));
    }
    const form = await making;
    if (form) return form;
    this.#offered = this.#offered.filter((one) => one !== coding);
    return this.form(acceptEncoding);
  }

  /** Undefined where coding it does not make it smaller. */
  async #make(coding: Coding): Promise<Form | undefined> {
    const { name, facts } = this.named;
    const sidecar = this.#codings.sidecars.get(coding);
    const body = await this.#body(coding, sidecar ?? this.named, sidecar !== undefined);
    if (coding !== 'identity' && body.length >= facts.size) return undefined;
    const sent = { ...(sidecar?.facts ?? facts), size: body.length };
    const form = new Form(represent(name, sent, coding, this.#rules), body);
    this.octets += body.length;
    this.#grew(body.length);
    this.#forms.set(coding, form);
    return form;
  }

  async #body(coding: Coding, from: Named, coded: boolean): Promise<Buffer> {
    const body = await readWhole(this.#tree, from);
    return coding === 'identity' || coded ? body : compress(body, coding);
  }
}

function sameFile(tree: FileTree, { name, facts }: Named): boolean {
  const now = tree.peek?.(name);
  return now !== undefined && now.tag === facts.tag && now.size === facts.size;
}

/** Throws `CS_CHANGED` when the file is not the one that these facts are of. */
async function readWhole(tree: FileTree, { name, facts }: Named): Promise<Buffer> {
  await using file = await tree.open(name);
  if (file.facts.tag !== facts.tag) throw changed();
  const body = Buffer.allocUnsafeSlow(facts.size);
  await fill(file, body);
  return body;
}

async function fill(file: OpenFile, body: Buffer): Promise<void> {
  let at = 0;
  for await (const chunk of file.read({ start: 0, end: body.length })) {
    body.set(chunk.subarray(0, body.length - at), at);
    at += chunk.length;
  }
  if (at < body.length) throw changed();
}

export function notAcceptable(): HttpRefusal {
  return new HttpRefusal(406, 'none of the content codings that are left is possible');
}

function changed(): CsError {
  return new CsError('CS_CHANGED', 'the file changed while it was read');
}

/** What is known of it may be kept: another content would have another tag. */
export function isKeepable(tree: FileTree, facts: FileFacts): boolean {
  return tree.peek !== undefined && facts.tag !== '';
}
