import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { type State, Store } from './store.ts';

export const StoreContext = createContext(new Store());

/** The store, and its state now; whoever calls is drawn again with every change. */
export function useStore(): { readonly store: Store; readonly state: State } {
  const store = useContext(StoreContext);
  const [, redraw] = useState(0);
  useEffect(() => store.listen(() => redraw((count) => count + 1)), [store]);
  return { store, state: store.state };
}
