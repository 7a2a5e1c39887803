import { useEffect, useState } from 'preact/hooks';
import type { Address, Message } from './api.ts';
import { ChecksView } from './checks.tsx';
import { DeliveryView } from './delivery.tsx';
import { fullTime, hue, initials, number, size } from './format.ts';
import { HtmlView } from './frame.tsx';
import { Icon } from './icons.tsx';
import { Pairs } from './pairs.tsx';
import { TagLine } from './tags.tsx';
import { useStore } from './use-store.ts';

type Tab = 'html' | 'text' | 'headers' | 'source' | 'parts' | 'checks' | 'delivery';
const LABELS: Readonly<Record<Tab, string>> = {
  html: 'HTML',
  text: 'Text',
  headers: 'Headers',
  source: 'Source',
  parts: 'Parts',
  checks: 'Checks',
  delivery: 'Delivery',
};

interface ReaderProps {
  readonly back: () => void;
  readonly reply: (message: Message) => void;
  readonly release: (message: Message) => void;
  readonly tag: (id: number) => void;
}

export function Reader({ back, reply, release, tag }: ReaderProps) {
  const { store, state } = useStore();
  const { opened, message } = state;
  if (opened === undefined) return <Nothing />;
  const row = store.row(opened);
  const current = message !== undefined && Number(message.id) === opened ? message : undefined;
  const shown = current ?? row;
  return (
    <article class="reader" aria-label="Message" aria-busy={!current}>
      <div class="bar" role="toolbar" aria-label="Message">
        <button type="button" class="tool only-narrow" aria-label="Back to the list" onClick={back}>
          <Icon name="back" />
        </button>
        <span class="fill" />
        {current && (
          <>
            <button type="button" class="tool" aria-label="Reply" title="Reply (r)" onClick={() => reply(current)}>
              <Icon name="reply" />
            </button>
            <button type="button" class="tool" aria-label="Release" title="Release" onClick={() => release(current)}>
              <Icon name="send" />
            </button>
          </>
        )}
        <button type="button" class="tool" aria-label="Tags" title="Tags (t)" onClick={() => tag(opened)}>
          <Icon name="tag" />
        </button>
        <Tools id={opened} flagged={row?.flagged ?? false} />
      </div>
      {shown && (
        <header class="head">
          <h1>
            <bdi>{shown.subject || '(no subject)'}</bdi>
          </h1>
          <div class="sender-line">
            <span
              class="face big"
              aria-hidden="true"
              style={{ '--hue': String(hue(shown.from.address || shown.envelope.from)) }}
            >
              {initials(shown.from.name, shown.from.address || shown.envelope.from)}
            </span>
            <div class="who">
              <p>
                <Person of={shown.from} fallback={shown.envelope.from || '<>'} />
              </p>
              <p class="muted">
                to <People of={shown.to} envelope={shown.envelope.to} />
              </p>
            </div>
            <time class="muted" dateTime={shown.received_at}>
              {fullTime(shown.received_at)}
            </time>
          </div>
          <TagLine
            tags={row?.tags ?? shown.tags}
            edit={() => tag(opened)}
            find={(query) => {
              // Where only one of them is shown, what was found is in the list.
              if (matchMedia('(max-width: 759px)').matches) back();
              void store.search(query);
            }}
          />
        </header>
      )}
      {current && <Body key={current.id} message={current} />}
    </article>
  );
}

function Nothing() {
  const { state } = useStore();
  return (
    <div class="reader empty">
      <div class="hollow">
        <Icon name="inbox" />
        <p>{state.ids.length > 0 ? 'Choose a message' : 'Nothing here yet'}</p>
        <p class="muted">
          <kbd>j</kbd> <kbd>k</kbd> to move, <kbd>/</kbd> to search, <kbd>?</kbd> for all keys
        </p>
      </div>
    </div>
  );
}

function Tools({ id, flagged }: { readonly id: number; readonly flagged: boolean }) {
  const { store } = useStore();
  return (
    <>
      <button
        type="button"
        class="tool"
        aria-label="Star"
        title="Star (s)"
        aria-pressed={flagged}
        onClick={() => void store.change([id], { flagged: !flagged })}
      >
        <Icon name="star" filled={flagged} />
      </button>
      <button
        type="button"
        class="tool"
        aria-label="Mark unread"
        title="Mark unread (u)"
        onClick={() => void store.change([id], { seen: false })}
      >
        <Icon name="unread" />
      </button>
      <a
        class="tool"
        aria-label="Download"
        title="Download as .eml"
        href={store.api.sourceUrl(String(id), true)}
        download
      >
        <Icon name="download" />
      </a>
      <button type="button" class="tool" aria-label="Delete" title="Delete (#)" onClick={() => void store.remove([id])}>
        <Icon name="trash" />
      </button>
    </>
  );
}

function Person({ of: { name, address }, fallback = '' }: { readonly of: Address; readonly fallback?: string }) {
  if (name === '') return <bdi class="name">{address || fallback}</bdi>;
  return (
    <>
      <bdi class="name">{name}</bdi> <bdi class="muted">{address}</bdi>
    </>
  );
}

function People({ of, envelope }: { readonly of: readonly Address[]; readonly envelope: readonly string[] }) {
  const named = of.slice(0, 8).map(({ name, address }) => name || address);
  const known = new Set(of.map(({ address }) => address.toLowerCase()));
  const hidden = envelope.filter((address) => !known.has(address.toLowerCase())).slice(0, 8);
  const more = of.length - named.length;
  return (
    <>
      <bdi>{named.join(', ') || 'nobody'}</bdi>
      {more > 0 && ` and ${number(more)} more`}
      {hidden.length > 0 && (
        <>
          , in fact also <bdi>{hidden.join(', ')}</bdi>
        </>
      )}
    </>
  );
}

function Body({ message }: { readonly message: Message }) {
  const tabs: Tab[] = [
    ...(message.html === null ? [] : (['html'] as const)),
    ...(message.text === null ? [] : (['text'] as const)),
    'headers',
    'source',
    ...(message.parts.length > 0 ? (['parts'] as const) : []),
    'checks',
    'delivery',
  ];
  const [chosen, choose] = useState<Tab>(tabs[0] ?? 'source');
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(chosen) + by + tabs.length) % tabs.length] ?? chosen;
    choose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`tab-${tab}`}
            aria-selected={tab === chosen}
            aria-controls="view"
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => choose(tab)}
          >
            {LABELS[tab]}
            {tab === 'parts' && (
              <span class="count">{message.parts.filter(({ role }) => role === 'attachment').length}</span>
            )}
          </button>
        ))}
      </div>
      <div id="view" class="view" role="tabpanel" aria-labelledby={`tab-${chosen}`}>
        {message.cut && <p class="warning">This message goes beyond the limits: its source has all of it.</p>}
        {chosen === 'html' && message.html !== null && <HtmlView message={{ ...message, html: message.html }} />}
        {chosen === 'text' && <pre class="text">{message.text}</pre>}
        {chosen === 'headers' && <Pairs pairs={message.headers} />}
        {chosen === 'source' && <Source id={message.id} />}
        {chosen === 'parts' && <Parts message={message} />}
        {chosen === 'checks' && <ChecksView id={message.id} />}
        {chosen === 'delivery' && <DeliveryView message={message} />}
      </div>
    </>
  );
}

function Source({ id }: { readonly id: string }) {
  const { store } = useStore();
  const [text, setText] = useState<string>();
  useEffect(() => {
    const reading = new AbortController();
    store.api.source(id, reading.signal).then(setText, () => {});
    return () => reading.abort();
  }, [id]);
  return <pre class="source">{text ?? ''}</pre>;
}

function Parts({ message }: { readonly message: Message }) {
  const { store } = useStore();
  return (
    <ul class="parts">
      {message.parts.map((part) => (
        <li key={part.part}>
          <a href={store.api.partUrl(message.id, part.part)} download>
            <span class="kind">{part.type.split('/')[1]?.slice(0, 4)}</span>
            <span class="about">
              <bdi class="name">{part.name || `part ${part.part}`}</bdi>
              <span class="muted">
                {part.type}, {size(part.size)}
                {part.disposition === 'inline' ? ', inline' : ''}
              </span>
            </span>
            <Icon name="download" />
          </a>
        </li>
      ))}
    </ul>
  );
}
