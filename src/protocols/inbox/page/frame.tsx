import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Message, query } from './api.ts';
import { type Cleaned, clean } from './clean.ts';
import { plural } from './format.ts';
import { Icon, type IconName } from './icons.tsx';
import { useStore } from './use-store.ts';

const WIDTHS: readonly (readonly [string, IconName, number | undefined])[] = [
  ['Phone, 390 px', 'phone', 390],
  ['Tablet, 820 px', 'tablet', 820],
  ['Desktop', 'desktop', undefined],
];
/** Octets of one image that is put into its message. */
const IMAGE = 5 * 1024 * 1024;

/** The HTML of a message: its own frame, on its own route, without script, origin or network. */
export function HtmlView({ message }: { readonly message: Message & { readonly html: string } }) {
  const [remote, setRemote] = useState(false);
  const [dark, setDark] = useState(false);
  const [width, setWidth] = useState<number>();
  const parts = useParts(message);
  const cleaned = useMemo(
    () => (parts ? clean({ html: message.html, remote, dark, parts }) : undefined),
    [message, remote, dark, parts],
  );
  return (
    <div class="html">
      <div class="tools" role="toolbar" aria-label="How it is shown">
        <div class="group">
          {WIDTHS.map(([label, icon, pixels]) => (
            <button
              key={label}
              type="button"
              class="tool"
              title={label}
              aria-label={label}
              aria-pressed={width === pixels}
              onClick={() => setWidth(pixels)}
            >
              <Icon name={icon} />
            </button>
          ))}
        </div>
        <button
          type="button"
          class="tool"
          title="Dark"
          aria-label="Dark"
          aria-pressed={dark}
          onClick={() => setDark(!dark)}
        >
          <Icon name={dark ? 'sun' : 'moon'} />
        </button>
        {cleaned && cleaned.remote > 0 && (
          <button type="button" class="tool wide" aria-pressed={remote} onClick={() => setRemote(!remote)}>
            <Icon name="image" />
            {remote ? 'Remote content is shown' : `${plural(cleaned.remote, 'remote item')} blocked. Show`}
          </button>
        )}
      </div>
      <div class="canvas">
        {cleaned && <Frame key={`${message.id} ${remote} ${dark}`} cleaned={cleaned} remote={remote} width={width} />}
      </div>
    </div>
  );
}

interface FrameProps {
  readonly cleaned: Cleaned;
  readonly remote: boolean;
  readonly width: number | undefined;
}

let frames = 0;

function Frame({ cleaned, remote, width }: FrameProps) {
  const name = useMemo(() => `frame${++frames}`, []);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.submit(), []);
  return (
    <>
      <form ref={form} hidden method="post" action={`frame${query({})}`} encType="text/plain" target={name}>
        <input type="hidden" name="remote" value={remote ? '1' : '0'} />
        <textarea name="html" value={cleaned.html} />
      </form>
      <iframe
        name={name}
        title="Message"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        referrerpolicy="no-referrer"
        style={width === undefined ? {} : { width: `${width}px` }}
      />
    </>
  );
}

/** Images that the message has inside it, as `data:` URLs. Undefined until they are here. */
function useParts(message: Message & { readonly html: string }): ReadonlyMap<string, string> | undefined {
  const { store } = useStore();
  const [parts, setParts] = useState<ReadonlyMap<string, string>>();
  useEffect(() => {
    let over = false;
    setParts(undefined);
    const wanted = message.parts.filter(
      ({ type, content_id: id, size }) =>
        type.startsWith('image/') && id !== '' && size <= IMAGE && /cid:/i.test(message.html),
    );
    const reading = wanted.map(async ({ part, content_id: id, type }) => {
      const response = await fetch(store.api.partUrl(message.id, part));
      return [id, await dataUrl(new Blob([await response.arrayBuffer()], { type }))] as const;
    });
    void Promise.all(reading)
      .catch(() => [])
      .then((found) => {
        if (!over) setParts(new Map(found));
      });
    return () => {
      over = true;
    };
  }, [message.id]);
  return parts;
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
