import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Message } from './api.ts';
import { Chosen } from './chosen.tsx';
import { type Begun, BLANK, Compose, Release, replyTo } from './compose.tsx';
import { number, plural } from './format.ts';
import { Icon } from './icons.tsx';
import { Inboxes } from './inboxes.tsx';
import { type Key, onKey } from './keys.ts';
import { MessageList } from './list.tsx';
import { Reader } from './reader.tsx';
import { Search } from './search.tsx';
import { TagSheet } from './tags.tsx';
import { useStore } from './use-store.ts';

export function App() {
  const { store, state } = useStore();
  const search = useRef<HTMLInputElement>(null);
  const help = useRef<HTMLDialogElement>(null);
  const { opened, chosen } = state;
  const [letter, setLetter] = useState<Begun>();
  const [releasing, setReleasing] = useState<Message>();
  const [tagging, setTagging] = useState<readonly number[]>();

  const open = (id: number | undefined): void => {
    void store.open(id);
  };
  const meant = (): readonly number[] =>
    store.state.chosen.size > 0
      ? [...store.state.chosen]
      : store.state.opened === undefined
        ? []
        : [store.state.opened];
  const keys: readonly Key[] = useMemo(
    () => [
      { keys: ['j', 'ArrowDown'], does: 'Next message', run: () => open(store.beside(1)) },
      { keys: ['k', 'ArrowUp'], does: 'Previous message', run: () => open(store.beside(-1)) },
      { keys: ['Home', 'g'], does: 'Newest message', run: () => open(store.state.ids[0]) },
      { keys: ['End', 'G'], does: 'Oldest message', run: () => open(store.state.ids.at(-1)) },
      { keys: ['/'], does: 'Search', run: () => search.current?.focus() },
      {
        keys: ['x'],
        does: 'Select',
        run: () => {
          const { opened: id, chosen: set } = store.state;
          if (id !== undefined) store.choose(id, !set.has(id));
        },
      },
      { keys: ['*'], does: 'Select all, or none', run: () => store.chooseAll(store.state.chosen.size === 0) },
      {
        keys: ['s'],
        does: 'Star, or not',
        run: () => {
          const ids = meant();
          void store.change(ids, { flagged: !ids.every((id) => store.row(id)?.flagged) });
        },
      },
      {
        keys: ['t'],
        does: 'Tags',
        run: () => {
          const ids = meant();
          if (ids.length > 0) setTagging(ids);
        },
      },
      { keys: ['u'], does: 'Mark unread', run: () => void store.change(meant(), { seen: false }) },
      { keys: ['i'], does: 'Mark read', run: () => void store.change(meant(), { seen: true }) },
      { keys: ['#', 'Delete'], does: 'Delete', run: () => void store.remove(meant()) },
      {
        keys: ['Escape'],
        does: 'Close, or select nothing',
        run: () => (store.state.chosen.size > 0 ? store.chooseAll(false) : open(undefined)),
      },
      { keys: ['c'], does: 'New message', run: () => setLetter(BLANK) },
      {
        keys: ['r'],
        does: 'Reply',
        run: () => {
          const { message } = store.state;
          if (message) setLetter(replyTo(message));
        },
      },
      { keys: ['?'], does: 'These keys', run: () => help.current?.showModal() },
    ],
    [store],
  );
  useEffect(() => {
    const listener = onKey(keys);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, [keys]);
  useEffect(() => {
    document.title = `${state.counts.unseen > 0 ? `(${number(state.counts.unseen)}) ` : ''}Inbox`;
  }, [state.counts.unseen]);

  return (
    <div class={opened === undefined ? 'app' : 'app reading'}>
      <header class="top">
        <a class="brand" href="./" aria-label="Inbox, start">
          <span class="logo" aria-hidden="true">
            <Icon name="unread" />
          </span>
          <span>Inbox</span>
        </a>
        <Search field={search} />
        <button
          type="button"
          class="tool"
          aria-label="New message"
          title="New message (c)"
          onClick={() => setLetter(BLANK)}
        >
          <Icon name="pen" />
        </button>
        <button type="button" class="tool" aria-label="Keys" title="Keys (?)" onClick={() => help.current?.showModal()}>
          <Icon name="help" />
        </button>
      </header>
      <main class="panes">
        <section class="pane" aria-label="List">
          <div class="summary">
            {chosen.size > 0 ? (
              <Chosen tag={setTagging} />
            ) : (
              <>
                <p role="status">
                  {state.query === ''
                    ? `${plural(state.counts.total, 'message')}, ${number(state.counts.unseen)} unread`
                    : `${number(state.ids.length)} of ${plural(state.counts.total, 'message')}`}
                </p>
                <Inboxes />
                <span class={`pulse ${state.connection}`} title={WORDS[state.connection]}>
                  <span class="hidden">{WORDS[state.connection]}</span>
                </span>
              </>
            )}
          </div>
          {state.loaded && state.ids.length === 0 ? <Empty /> : <MessageList open={open} />}
        </section>
        <Reader
          back={() => open(undefined)}
          reply={(message) => setLetter(replyTo(message))}
          release={setReleasing}
          tag={(id) => setTagging([id])}
        />
      </main>
      <dialog ref={help} class="sheet" aria-labelledby="help-title">
        <h2 id="help-title">Keys</h2>
        <dl class="keys">
          {keys.map(({ keys: names, does }) => (
            <div key={does}>
              <dt>
                {names.map((name) => (
                  <kbd key={name}>{SHOWN[name] ?? name}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <form method="dialog" class="buttons">
          <button type="submit" class="button">
            Close
          </button>
        </form>
      </dialog>
      {letter && <Compose begun={letter} close={() => setLetter(undefined)} />}
      {tagging && <TagSheet ids={tagging} close={() => setTagging(undefined)} />}
      {releasing && <Release message={releasing} close={() => setReleasing(undefined)} />}
      <p class="notice" role="alert" hidden={state.notice === ''}>
        {state.notice}
        <button type="button" class="tool" aria-label="Dismiss" onClick={() => store.notice('')}>
          <Icon name="close" />
        </button>
      </p>
    </div>
  );
}

const WORDS = { live: 'New mail shows by itself', connecting: 'Connecting', lost: 'The server is gone' } as const;
const SHOWN: Readonly<Record<string, string>> = { ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc' };

function Empty() {
  const { state } = useStore();
  if (state.query !== '') {
    return (
      <div class="hollow">
        <Icon name="search" />
        <p>Nothing matches</p>
        <p class="muted">
          Words, from: to: subject: tag: is:unread has:attachment before: larger: and - in front for none of it
        </p>
      </div>
    );
  }
  return (
    <div class="hollow">
      <Icon name="inbox" />
      <p>No mail yet</p>
      <p class="muted">It shows here the moment it arrives. To try it:</p>
      <code>cs send mail --to you@example.test --subject hi --text hello</code>
    </div>
  );
}
