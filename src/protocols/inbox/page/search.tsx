import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { useStore } from './use-store.ts';

export function Search({ field }: { readonly field: { readonly current: HTMLInputElement | null } }) {
  const { store, state } = useStore();
  const [text, setText] = useState(state.query);
  const asked = useRef(state.query);
  useEffect(() => {
    const timer = setTimeout(() => {
      asked.current = text;
      void store.search(text);
    }, 120);
    return () => clearTimeout(timer);
  }, [text]);
  // Somebody else chose a search: what is typed meanwhile stays.
  useEffect(() => {
    if (state.query === asked.current) return;
    asked.current = state.query;
    setText(state.query);
  }, [state.query]);
  return (
    <search class="search">
      <Icon name="search" />
      <input
        ref={field as never}
        type="search"
        aria-label="Search"
        placeholder="Search, or from:ann is:unread has:attachment"
        value={text}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            setText('');
            event.currentTarget.blur();
          } else if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
      <kbd>/</kbd>
    </search>
  );
}
