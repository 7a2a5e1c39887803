import { useEffect, useState } from 'preact/hooks';
import type { Message, Transcript } from './api.ts';
import { Pairs } from './pairs.tsx';
import { useStore } from './use-store.ts';

/** Who brought a message, and what was said: client, server and notes each in their own manner. */
export function DeliveryView({ message: { id, envelope } }: { readonly message: Message }) {
  const { store } = useStore();
  const [told, setTold] = useState<Transcript>();
  useEffect(() => {
    const reading = new AbortController();
    store.api.transcript(id, reading.signal).then(setTold, () => {});
    return () => reading.abort();
  }, [id]);
  if (!told) return null;
  const { delivered, transcript } = told;
  if (!delivered) return <p class="muted apart">Nobody noted how it came here.</p>;
  const facts: readonly (readonly [string, string])[] = [
    ['Client', delivered.address],
    ['HELO', delivered.helo],
    ['Login', delivered.user ?? 'none'],
    ['By', `${delivered.with} (${delivered.server}), ${delivered.secure ? 'TLS' : 'no TLS'}`],
    ['From', `<${envelope.from}>`],
    ['To', envelope.to.map((one) => `<${one}>`).join(' ')],
  ];
  return (
    <>
      <Pairs pairs={facts} />
      {transcript !== null && (
        <ol class="said" aria-label="Transcript">
          {transcript.split('\n').map((line, at) => (
            <li key={at} class={KIND[line[0] ?? '']}>
              {line}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

const KIND: Readonly<Record<string, string>> = { C: 'client', S: 'server', '#': 'aside' };
