import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { addressTexts } from '../../../kit/mime/address-text.ts';
import type { Message } from './api.ts';
import { useStore } from './use-store.ts';

/** A letter that somebody began to write. */
export interface Begun {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly inReplyTo: string;
}

export const BLANK: Begun = { to: '', from: '', subject: '', text: '', inReplyTo: '' };

/** An answer to whoever sent it, from whom it came to. */
export function replyTo(message: Message): Begun {
  const { subject, from, envelope, text, message_id: inReplyTo } = message;
  const quoted = (text ?? '')
    .trimEnd()
    .split(/\r?\n/)
    .slice(0, 200)
    .map((line) => `> ${line}`);
  return {
    to: from.address || envelope.from,
    from: envelope.to[0] ?? '',
    subject: /^re:/i.test(subject) ? subject : `Re: ${subject}`,
    text: `\n\n${quoted.join('\n')}\n`,
    inReplyTo,
  };
}

const split = (written: string): string[] => written.split(/[;\n]/).flatMap(addressTexts);

interface Sheet {
  readonly title: string;
  readonly action: string;
  /** What to say in the end. Throws what is wrong, and the sheet stays. */
  readonly act: () => Promise<string>;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A form over the page, with one thing to do. */
function Sheet({ title, action, act, close, children }: Sheet) {
  const { store } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (): Promise<void> => {
    try {
      const done = await act();
      close();
      store.notice(done);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <dialog ref={dialog} class="sheet letter" aria-labelledby="sheet-title" onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2 id="sheet-title">{title}</h2>
        {children}
        {problem === '' ? null : (
          <p class="note" role="alert">
            {problem}
          </p>
        )}
        <p class="buttons">
          <button type="button" class="tool" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="button">
            {action}
          </button>
        </p>
      </form>
    </dialog>
  );
}

export function Compose({ begun, close }: { readonly begun: Begun; readonly close: () => void }) {
  const { store } = useStore();
  const [letter, setLetter] = useState(begun);
  const field = (name: 'from' | 'to' | 'subject', label: string) => (
    <label>
      {label}
      <input
        name={name}
        value={letter[name]}
        required={name !== 'subject'}
        onInput={(event) => setLetter({ ...letter, [name]: event.currentTarget.value })}
      />
    </label>
  );
  const send = async (): Promise<string> => {
    const { from, to, subject, text, inReplyTo } = letter;
    const answered = inReplyTo === '' ? {} : { in_reply_to: inReplyTo };
    const { id } = await store.api.send({ from, to: split(to), subject, text, ...answered });
    return `Delivered as message ${id}`;
  };
  const title = begun.inReplyTo === '' ? 'New message' : 'Reply';
  return (
    <Sheet title={title} action="Send" act={send} close={close}>
      {field('from', 'From')}
      {field('to', 'To')}
      {field('subject', 'Subject')}
      <label>
        Text
        <textarea
          rows={10}
          value={letter.text}
          onInput={(event) => setLetter({ ...letter, text: event.currentTarget.value })}
        />
      </label>
    </Sheet>
  );
}

/** A captured message that goes out after all. */
export function Release({ message, close }: { readonly message: Message; readonly close: () => void }) {
  const { store } = useStore();
  const [to, setTo] = useState(message.envelope.to.join(', '));
  const release = async (): Promise<string> => {
    await store.api.release(message.id, split(to));
    return 'It is in the queue: cs queue ls';
  };
  return (
    <Sheet title="Release" action="Release" act={release} close={close}>
      <p class="muted">It leaves by --relay or --deliver, for whom --relay-allow names.</p>
      <label>
        To
        <input value={to} required onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
    </Sheet>
  );
}
