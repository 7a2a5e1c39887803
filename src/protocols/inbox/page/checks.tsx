import { useEffect, useState } from 'preact/hooks';
import type { Checks } from './api.ts';
import { AuthenticationView } from './authentication.tsx';
import { plural } from './format.ts';
import { useStore } from './use-store.ts';

const CLIENTS: Readonly<Record<string, string>> = {
  gmail: 'Gmail',
  outlook_windows: 'Outlook (Windows)',
  yahoo: 'Yahoo',
  apple_mail: 'Apple Mail',
};
const SIGNS: Readonly<Record<string, string>> = { yes: 'yes', partly: 'partly', no: 'no' };

/** What can be known about a message without asking anybody, and about its sender by asking. */
export function ChecksView({ id }: { readonly id: string }) {
  const { store } = useStore();
  const [checks, setChecks] = useState<Checks>();
  useEffect(() => {
    const reading = new AbortController();
    store.api.checks(id, reading.signal).then(setChecks, () => {});
    return () => reading.abort();
  }, [id]);
  if (!checks) return null;
  const { links, html, unsubscribe } = checks;
  const bad = links.filter(({ problems }) => problems.length > 0);
  const good = links.length - bad.length;
  return (
    <div class="checks">
      <AuthenticationView id={id} />
      {unsubscribe && <Unsubscribe {...unsubscribe} />}
      {html && (
        <section aria-labelledby="check-html">
          <h2 id="check-html">Mail programs</h2>
          <ul class="scores">
            {Object.entries(html.scores).map(([client, score]) => (
              <li key={client}>
                <span>{CLIENTS[client] ?? client}</span>
                <strong>{score}%</strong>
                <meter
                  min={0}
                  max={100}
                  low={60}
                  high={85}
                  optimum={100}
                  value={score}
                  aria-label={CLIENTS[client] ?? client}
                />
              </li>
            ))}
          </ul>
          {html.notes.map((note) => (
            <p key={note} class="note">
              {note}
            </p>
          ))}
          {html.features.length > 0 && (
            <div class="table">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Used</th>
                    {Object.keys(html.scores).map((client) => (
                      <th key={client} scope="col">
                        {CLIENTS[client] ?? client}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {html.features.map(({ name, support, advice }) => (
                    <tr key={name}>
                      <th scope="row">
                        <code>{name}</code>
                        <span class="muted">{advice}</span>
                      </th>
                      {Object.keys(html.scores).map((client) => (
                        <td key={client} class={support[client]}>
                          {SIGNS[support[client] ?? '']}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
      )}
      <section aria-labelledby="check-links">
        <h2 id="check-links">Links</h2>
        <p class="muted">
          {links.length === 0
            ? 'There are none.'
            : `${plural(links.length, 'address', 'addresses')}, ${good} without a fault that can be seen from here. Nobody was asked.`}
        </p>
        <ul class="links">
          {[...bad, ...links.filter(({ problems }) => problems.length === 0)].map(({ url, kind, times, problems }) => (
            <li key={url} class={problems.length > 0 ? 'bad' : ''}>
              <bdi>{url || '(empty)'}</bdi>
              <span class="muted">
                {kind}
                {times > 1 ? `, ${times} times` : ''}
              </span>
              {problems.map((problem) => (
                <p key={problem}>{problem}</p>
              ))}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Unsubscribe({ links, one_click: oneClick, problems }: NonNullable<Checks['unsubscribe']>) {
  return (
    <section aria-labelledby="check-unsubscribe">
      <h2 id="check-unsubscribe">Unsubscribing</h2>
      <p class="muted">{oneClick ? 'One click is enough (RFC 8058).' : 'Not by one click.'}</p>
      <ul class="links">
        {links.map((link, at) => (
          <li key={at}>
            <bdi>{link}</bdi>
          </li>
        ))}
        {problems.map((problem, at) => (
          <li key={at} class="bad">
            <p>{problem}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
