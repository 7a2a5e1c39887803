import { useEffect, useRef, useState } from 'preact/hooks';
import type { Named } from './api.ts';
import { hue, plural } from './format.ts';
import { Icon } from './icons.tsx';
import { useStore } from './use-store.ts';

/** The search that finds what has this tag. */
export function tagQuery(tag: string): string {
  return `tag:"${tag}"`;
}

/** Those there are, asked again when one was given or taken. */
export function useTags(): readonly Named[] {
  const { store, state } = useStore();
  const [tags, setTags] = useState<readonly Named[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => {
      store.api.tags().then(
        (told) => setTags(told.tags),
        () => {},
      );
    }, 50);
    return () => clearTimeout(timer);
  }, [state.inbox, state.counts.total, state.tagged]);
  return tags;
}

/** A message's tags; each finds what else has it. */
export function TagLine({
  tags,
  find,
  edit,
}: {
  readonly tags: readonly string[];
  readonly find: (query: string) => void;
  readonly edit: () => void;
}) {
  if (tags.length === 0) return null;
  return (
    <ul class="chips" aria-label="Tags">
      {tags.map((tag) => (
        <li key={tag}>
          <button type="button" class="chip" title={`All that is tagged ${tag}`} onClick={() => find(tagQuery(tag))}>
            <span class="tag" style={{ '--hue': String(hue(tag)) }}>
              {tag}
            </span>
          </button>
        </li>
      ))}
      <li>
        <button type="button" class="chip" aria-label="Edit tags" title="Edit tags (t)" onClick={edit}>
          <Icon name="pen" />
        </button>
      </li>
    </ul>
  );
}

/** Gives tags to messages and takes them away, at once; one that only some of them have is given to all first. */
export function TagSheet({ ids, close }: { readonly ids: readonly number[]; readonly close: () => void }) {
  const { store } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const known = useTags();
  useEffect(() => dialog.current?.showModal(), []);
  const rows = ids.map((id) => store.row(id)).filter((row) => row !== undefined);
  const having = (tag: string): number => rows.filter(({ tags }) => tags.includes(tag)).length;
  const names = [...new Set([...known.map(({ name }) => name), ...rows.flatMap(({ tags }) => tags)])].sort();
  const add = (): void => {
    const tag = text.trim();
    setText('');
    if (tag === '') dialog.current?.close();
    else void store.change(ids, { add_tags: [tag] });
  };
  return (
    <dialog ref={dialog} class="sheet letter" aria-labelledby="tags-title" onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <h2 id="tags-title">Tags of {plural(ids.length, 'message')}</h2>
        <label>
          New tag
          <input
            value={text}
            maxLength={100}
            autocomplete="off"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {names.length > 0 && (
          <ul class="chips">
            {names.map((tag) => {
              const count = having(tag);
              const all = count > 0 && count === rows.length;
              return (
                <li key={tag}>
                  <button
                    type="button"
                    class="chip toggle"
                    aria-pressed={all ? 'true' : count > 0 ? 'mixed' : 'false'}
                    onClick={() => void store.change(ids, all ? { remove_tags: [tag] } : { add_tags: [tag] })}
                  >
                    <span class="tag" style={{ '--hue': String(hue(tag)) }}>
                      {all ? <Icon name="check" /> : null}
                      {tag}
                    </span>
                  </button>
                </li>
              );
            })}
          </ul>
        )}
        <p class="buttons">
          <button type="submit" class="tool">
            Add
          </button>
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Done
          </button>
        </p>
      </form>
    </dialog>
  );
}
