import { useEffect, useRef, useState } from 'preact/hooks';
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

const split = (written: string): string[] =>
  written
    .split(/[,;\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');

export function Compose({ begun, close }: { readonly begun: Begun; readonly close: () => void }) {
  const { store } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const [letter, setLetter] = useState(begun);
  const [problem, setProblem] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
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
  const send = async (): Promise<void> => {
    const { from, to, subject, text, inReplyTo } = letter;
    try {
      const { id } = await store.api.send({
        from,
        to: split(to),
        subject,
        text,
        ...(inReplyTo === '' ? {} : { in_reply_to: inReplyTo }),
      });
      close();
      store.notice(`Delivered as message ${id}`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <dialog ref={dialog} class="sheet letter" aria-labelledby="letter-title" onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2 id="letter-title">{begun.inReplyTo === '' ? 'New message' : 'Reply'}</h2>
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
        <Problem words={problem} />
        <p class="buttons">
          <button type="button" class="tool" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="button">
            Send
          </button>
        </p>
      </form>
    </dialog>
  );
}

/** A captured message that goes out after all. */
export function Release({ message, close }: { readonly message: Message; readonly close: () => void }) {
  const { store } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const [to, setTo] = useState(message.envelope.to.join(', '));
  const [problem, setProblem] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const release = async (): Promise<void> => {
    try {
      await store.api.release(message.id, split(to));
      close();
      store.notice('It is in the queue: cs queue ls');
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <dialog ref={dialog} class="sheet letter" aria-labelledby="release-title" onClose={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void release();
        }}
      >
        <h2 id="release-title">Release</h2>
        <p class="muted">It leaves by --relay or --deliver, for whom --relay-allow names.</p>
        <label>
          To
          <input value={to} required onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <Problem words={problem} />
        <p class="buttons">
          <button type="button" class="tool" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="button">
            Release
          </button>
        </p>
      </form>
    </dialog>
  );
}

function Problem({ words }: { readonly words: string }) {
  return words === '' ? null : (
    <p class="note" role="alert">
      {words}
    </p>
  );
}
