import { useEffect, useState } from 'preact/hooks';
import { TOKEN } from './api.ts';
import { number } from './format.ts';
import { useStore } from './use-store.ts';

/** Whose mail is shown: everything, or what came for one address. The page's address keeps it. */
export function Inboxes() {
  const { store, state } = useStore();
  const [names, setNames] = useState<readonly { readonly name: string; readonly messages: number }[]>([]);
  useEffect(() => {
    store.api.inboxes().then(
      ({ inboxes }) => setNames(inboxes),
      () => {},
    );
  }, [state.inbox, state.counts.total]);
  const choose = (inbox: string): void => {
    history.replaceState(null, '', inbox === '' ? './' : `./?inbox=${encodeURIComponent(inbox)}`);
    void store.open(undefined);
    void store.start(inbox, state.query);
  };
  // A token opens one inbox, and there is nothing to choose.
  if (TOKEN !== undefined) return <span class="inboxes">{names[0]?.name}</span>;
  const known = state.inbox === '' || names.some(({ name }) => name === state.inbox);
  return (
    <select
      class="inboxes"
      aria-label="Inbox"
      value={state.inbox}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="">All mail</option>
      {!known && <option value={state.inbox}>{state.inbox}</option>}
      {names.map(({ name, messages }) => (
        <option key={name} value={name}>
          {name} ({number(messages)})
        </option>
      ))}
    </select>
  );
}
