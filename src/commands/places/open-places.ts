/** From operands to places; a server that several of them name is reached once. */
import type { Target } from '../../contracts/protocol.ts';
import type { Remote } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import { protocols } from '../../registry.ts';
import type { CommandContext } from '../command.ts';
import { conversationOf } from '../exchange/options.ts';
import { reach } from '../reach.ts';
import { LocalTrees, localPlace } from './local.ts';
import { withPassword } from './login.ts';
import { type Operand, operandScheme, pathIn } from './operand.ts';
import { type Patience, UNLIMITED } from './patience.ts';
import type { FilePlace } from './place.ts';

/** Milliseconds in which a command that was stopped takes away what it has left half done; Ctrl-C again spares them. */
const LINGER = 2000;

/** Whether the operand names mail: a mailbox by a mail protocol, or what an own instance has caught. */
export function namesMail(text: string): boolean {
  const scheme = operandScheme(text);
  const protocol = protocols.find((one) => scheme !== undefined && Object.hasOwn(one.schemes, scheme));
  if (protocol?.family !== 'control') return protocol?.family === 'mail';
  return !/^[^:]+:\/\/[^/]*\/files(?:\/|$)/.test(text);
}

export class Places implements AsyncDisposable {
  readonly #ctx: CommandContext;
  readonly #local: LocalTrees;
  readonly #remotes = new Map<string, Promise<Remote>>();
  readonly #atOnce: number;

  /**
   * @param patience instead of one time limit for everything that is done in a place
   * @param atOnce files that will be carried at once
   */
  constructor(ctx: CommandContext, patience: Pick<Patience, 'signal'>, atOnce = 1) {
    this.#atOnce = atOnce;
    this.#ctx = { ...ctx, signal: patience.signal, options: { ...ctx.options, timeout: UNLIMITED } };
    this.#local = new LocalTrees(ctx.ui.log, ctx.umask);
  }

  /** @param together a directory above all local operands, where they have to be in one tree */
  async open(operand: Operand, together?: string): Promise<FilePlace> {
    if (operand.kind === 'stdio') throw new CsError('CS_USAGE', '- is no place for several files');
    return operand.kind === 'local' ? localPlace(operand, this.#local, together) : this.#far(operand);
  }

  async #far(operand: Operand): Promise<FilePlace> {
    const reaching = await reach(this.#ctx, operand.base, 'argv', this.#wishes(operand), LINGER);
    const reached = await withPassword(this.#ctx, reaching);
    const { target, protocol } = reached;
    const instance = protocol.family === 'control';
    const [kind, ...rest] = target.path;
    if (instance && kind !== 'files') throw new CsError('CS_USAGE', `${target.shown} holds no files`);
    // Checked before anything is connected: nothing is done for names that make no sense.
    const path = pathIn(operand, instance ? rest : target.path);
    const home = homeOf(target);
    let remote = this.#remotes.get(home);
    if (remote === undefined) {
      remote = reached.connect();
      this.#remotes.set(home, remote);
    }
    const { files } = await remote;
    if (!files) throw new CsError('CS_USAGE', `${target.shown} holds no files`);
    const front = target.shown.slice(0, target.shown.length - target.path.map(encodeURIComponent).join('/').length);
    return {
      tree: files,
      path,
      operand,
      home,
      local: false,
      isLink: () => false,
      unnamed: () => [],
      show: (to) => `${front}${[...(instance ? ['files'] : []), ...to].join('/')}`,
      // A * would be a pattern.
      url: (to) => {
        const names = to.map((name) => encodeURIComponent(name).replaceAll('*', '%2A'));
        return `${front}${[...(instance ? ['files'] : []), ...names].join('/')}`;
      },
    };
  }

  /** As many connections as there are files at once, and one to look around, where a protocol has several. */
  #wishes({ base }: Operand): Readonly<Record<string, unknown>> {
    const scheme = operandScheme(base) ?? '';
    const protocol = protocols.find((one) => Object.hasOwn(one.schemes, scheme));
    const asked = protocol?.name === 'http' ? conversationOf(this.#ctx.options) : {};
    const several = Object.hasOwn(protocol?.clientOptions ?? {}, 'connections');
    return { ...asked, ...(several ? { connections: this.#atOnce + 1 } : {}) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connecting of this.#remotes.values()) {
      const remote = await connecting.catch(() => undefined);
      await remote?.[Symbol.asyncDispose]();
    }
    await this.#local[Symbol.asyncDispose]();
  }
}

function homeOf({ scheme, host, port, socket, user }: Target): string {
  return JSON.stringify([scheme, socket ?? host, port, user ?? '']);
}
