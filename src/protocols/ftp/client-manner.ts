/** What one server was found to do, once for all connections to it. */
import type { Features } from './client-features.ts';
import type { Charset } from './client-wire.ts';

export interface Manner {
  features: Features;
  charset: Charset;
  /** The directory at which paths begin; '' for the root. */
  root: string;
  /** Commands may be sent before the one before is answered. Undefined: not tried yet. */
  pipelines: boolean | undefined;
  /** The newest passive command it knows. */
  passive: 'EPSV' | 'PASV';
  /** EPSV or PASV has worked: the next may be followed by its transfer command at once. */
  passed: boolean;
  /** `LIST -a` shows dotfiles. Undefined: not tried yet. */
  listsAll: boolean | undefined;
  /** Ways of setting attributes that it refused as unknown. */
  readonly without: Set<'MFMT' | 'MDTM' | 'CHMOD'>;
}

export function newManner(charset: Charset, pipelining: 'auto' | 'on' | 'off'): Manner {
  return {
    features: new Map(),
    charset,
    root: '',
    pipelines: pipelining === 'auto' ? undefined : pipelining === 'on',
    passive: 'EPSV',
    passed: false,
    listsAll: undefined,
    without: new Set(),
  };
}
