import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Row } from './api.ts';
import { hue, initials, shortTime } from './format.ts';
import { Icon } from './icons.tsx';
import { useStore } from './use-store.ts';

/** Pixels; the style sheet's `--row`. */
const HEIGHT = 84;
/** Rows beyond the edge that are drawn all the same. */
const SPARE = 6;

/** However many messages there are, only those on screen are elements. */
export function MessageList({ open }: { readonly open: (id: number) => void }) {
  const { store, state } = useStore();
  const { ids, opened } = state;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(800);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // Whoever reads further down keeps reading the same rows while others arrive above.
  useLayoutEffect(() => {
    const element = box.current;
    const { arrived } = store;
    store.arrived = 0;
    if (element && arrived > 0 && element.scrollTop > HEIGHT / 2) element.scrollTop += arrived * HEIGHT;
  });

  const first = Math.max(0, Math.floor(top / HEIGHT) - SPARE);
  const end = Math.min(ids.length, Math.ceil((top + height) / HEIGHT) + SPARE);
  const shown = ids.slice(first, end);
  useEffect(() => {
    const timer = setTimeout(() => void store.want(shown), 30);
    return () => clearTimeout(timer);
  }, [store, shown.join()]);

  const at = opened === undefined ? -1 : ids.indexOf(opened);
  useEffect(() => {
    const element = box.current;
    if (!element || at === -1) return;
    const above = at * HEIGHT;
    if (above < element.scrollTop) element.scrollTop = above;
    else if (above + HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = above + HEIGHT - element.clientHeight;
    }
  }, [at]);

  return (
    <div ref={box} class="list" onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <ul class="space" aria-label="Messages" style={{ height: `${ids.length * HEIGHT}px` }}>
        {shown.map((id, index) => (
          <Item
            key={id}
            id={id}
            row={store.row(id)}
            place={first + index}
            of={ids.length}
            nothing={at === -1}
            opened={id === opened}
            chosen={state.chosen.has(id)}
            open={open}
            choose={(on) => store.choose(id, on)}
          />
        ))}
      </ul>
    </div>
  );
}

interface ItemProps {
  readonly id: number;
  readonly row: Row | undefined;
  readonly place: number;
  readonly of: number;
  /** No message is open. */
  readonly nothing: boolean;
  readonly opened: boolean;
  readonly chosen: boolean;
  readonly open: (id: number) => void;
  readonly choose: (on: boolean) => void;
}

function Item({ id, row, place, of, nothing, opened, chosen, open, choose }: ItemProps) {
  const style = { transform: `translateY(${place * HEIGHT}px)` };
  if (!row) return <li class="row pending" style={style} aria-setsize={of} aria-posinset={place + 1} />;
  const sender = row.from.name || row.from.address || row.envelope.from || 'nobody';
  const kind = ['row', opened && 'opened', chosen && 'chosen', !row.seen && 'unseen'].filter(Boolean).join(' ');
  return (
    <li class={kind} style={style} aria-setsize={of} aria-posinset={place + 1}>
      <button
        type="button"
        class="face"
        tabIndex={-1}
        aria-label="Select"
        aria-pressed={chosen}
        style={{ '--hue': String(hue(row.from.address || sender)) }}
        onClick={() => choose(!chosen)}
      >
        {chosen ? <Icon name="check" /> : initials(row.from.name, row.from.address || sender)}
      </button>
      <button
        type="button"
        id={`m${id}`}
        class="words"
        tabIndex={opened || (nothing && place === 0) ? 0 : -1}
        aria-current={opened}
        aria-label={spoken(row, sender)}
        onClick={() => open(id)}
      >
        <span class="line">
          <bdi class="sender">{sender}</bdi>
          <time dateTime={row.received_at}>{shortTime(row.received_at)}</time>
        </span>
        <span class="line">
          <bdi class="subject">{row.subject || '(no subject)'}</bdi>
          {row.flagged && (
            <span class="mark star">
              <Icon name="star" filled />
            </span>
          )}
          {!!row.attachments && (
            <span class="mark">
              <Icon name="clip" />
            </span>
          )}
        </span>
        <span class="line">
          <bdi class="snippet">{row.snippet ?? ''}</bdi>
          {row.tags.slice(0, 2).map((tag) => (
            <span key={tag} class="tag" style={{ '--hue': String(hue(tag)) }}>
              {tag}
            </span>
          ))}
        </span>
      </button>
    </li>
  );
}

function spoken(row: Row, sender: string): string {
  const facts = [
    row.seen ? '' : 'unread',
    row.flagged ? 'starred' : '',
    row.attachments ? 'with attachments' : '',
    row.tags.length > 0 ? `tagged ${row.tags.join(', ')}` : '',
  ].filter(Boolean);
  return `${sender}, ${row.subject || 'no subject'}, ${shortTime(row.received_at)}${facts.length > 0 ? `, ${facts.join(', ')}` : ''}`;
}
