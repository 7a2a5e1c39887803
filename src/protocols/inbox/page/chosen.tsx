import { number } from './format.ts';
import { Icon } from './icons.tsx';
import { useStore } from './use-store.ts';

/** What can be done with all that was selected. */
export function Chosen({ tag }: { readonly tag: (ids: readonly number[]) => void }) {
  const { store, state } = useStore();
  const ids = [...state.chosen];
  return (
    <>
      <p role="status">
        {number(ids.length)} <span class="roomy">{ids.length === 1 ? 'message ' : 'messages '}</span>selected
      </p>
      <div class="group" role="toolbar" aria-label="Selected messages">
        <button
          type="button"
          class="tool"
          aria-label="Mark read"
          title="Mark read (i)"
          onClick={() => void store.change(ids, { seen: true })}
        >
          <Icon name="check" />
        </button>
        <button
          type="button"
          class="tool"
          aria-label="Mark unread"
          title="Mark unread (u)"
          onClick={() => void store.change(ids, { seen: false })}
        >
          <Icon name="unread" />
        </button>
        <button type="button" class="tool" aria-label="Tags" title="Tags (t)" onClick={() => tag(ids)}>
          <Icon name="tag" />
        </button>
        <button
          type="button"
          class="tool"
          aria-label="Delete"
          title="Delete (#)"
          onClick={() => void store.remove(ids)}
        >
          <Icon name="trash" />
        </button>
        <button
          type="button"
          class="tool"
          aria-label="Select none"
          title="Select none (Esc)"
          onClick={() => store.chooseAll(false)}
        >
          <Icon name="close" />
        </button>
      </div>
    </>
  );
}
