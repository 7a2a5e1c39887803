import { useEffect, useState } from 'preact/hooks';
import { type Named, TOKEN } from './api.ts';
import { number } from './format.ts';
import { tagQuery, useTags } from './tags.tsx';
import { useStore } from './use-store.ts';

/** Whose mail is shown: everything, what came for one address, or what has one tag. The page's address keeps the inbox. */
export function Inboxes() {
  const { store, state } = useStore();
  const [names, setNames] = useState<readonly Named[]>([]);
  const tags = useTags();
  useEffect(() => {
    store.api.inboxes().then(
      ({ inboxes }) => setNames(inboxes),
      () => {},
    );
  }, [state.inbox, state.counts.total]);
  const tagged = tags.some(({ name }) => tagQuery(name) === state.query);
  const choose = (chosen: string): void => {
    void store.open(undefined);
    if (tags.some(({ name }) => tagQuery(name) === chosen)) {
      void store.search(chosen);
      return;
    }
    if (TOKEN !== undefined) {
      void store.search('');
      return;
    }
    history.replaceState(null, '', chosen === '' ? './' : `./?inbox=${encodeURIComponent(chosen)}`);
    void store.start(chosen, tagged ? '' : state.query);
  };
  // A token opens one inbox, and there is no other to choose.
  const own = TOKEN === undefined ? undefined : names[0]?.name;
  if (TOKEN !== undefined && tags.length === 0) {
    return (
      <span class="inboxes lent" title={own}>
        {own}
      </span>
    );
  }
  const known = state.inbox === '' || names.some(({ name }) => name === state.inbox);
  return (
    <select
      class="inboxes"
      aria-label="Inbox"
      value={tagged ? state.query : state.inbox}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="">{own ?? 'All mail'}</option>
      {!known && <option value={state.inbox}>{state.inbox}</option>}
      <Group label="Inboxes" of={own === undefined ? names : []} />
      <Group label="Tags" of={tags} value={tagQuery} />
    </select>
  );
}

interface Choices {
  readonly label: string;
  readonly of: readonly Named[];
  readonly value?: (name: string) => string;
}

function Group({ label, of, value = (name) => name }: Choices) {
  if (of.length === 0) return null;
  return (
    <optgroup label={label}>
      {of.map(({ name, messages }) => (
        <option key={name} value={value(name)}>
          {name} ({number(messages)})
        </option>
      ))}
    </optgroup>
  );
}
