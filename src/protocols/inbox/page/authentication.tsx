import { useEffect, useState } from 'preact/hooks';
import type { Authentication } from './api.ts';
import { plural } from './format.ts';
import { useStore } from './use-store.ts';

interface Line {
  readonly what: string;
  readonly result: string;
  /** Whose it is: the sender's own words. */
  readonly about?: string | undefined;
  readonly reason?: string | undefined;
}

/** What the message can prove about its sender, as far as somebody may be asked. */
export function AuthenticationView({ id }: { readonly id: string }) {
  const { store } = useStore();
  const [found, setFound] = useState<Authentication>();
  useEffect(() => {
    const reading = new AbortController();
    store.api.authentication(id, reading.signal).then(setFound, () => {});
    return () => reading.abort();
  }, [id]);
  return (
    <section aria-labelledby="check-sender" aria-busy={!found}>
      <h2 id="check-sender">Sender</h2>
      {found?.notes.map((note) => (
        <p key={note} class="muted">
          {note}
          {found.hint && `; ${found.hint}`}
        </p>
      ))}
      {found?.checked && (
        <ul class="links">
          {lines(found).map(({ what, result, about, reason }, at) => (
            <li key={at} class={BAD.test(result) ? 'bad' : ''}>
              <strong>{`${what} ${result}`.trim()}</strong> {about && <bdi class="muted">{about}</bdi>}
              {reason && <p>{reason}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const BAD = /^(?:fail|softfail|permerror|temperror|policy)$/;

function lines({ client, spf, dkim, dmarc, arc }: Authentication): Line[] {
  const sender: Line[] =
    spf && client ? [{ what: 'SPF', result: spf.result, about: `${spf.domain} from ${client.address}` }] : [];
  const signatures = dkim.map(({ result, reason, domain, selector }) => ({
    what: 'DKIM',
    result,
    reason,
    about: domain && `${domain}, key ${selector}`,
  }));
  if (dkim.length === 0) signatures.push({ what: 'DKIM', result: 'none', reason: undefined, about: undefined });
  const policy: Line[] = dmarc
    ? [{ what: 'DMARC', result: dmarc.result, about: dmarc.domain, reason: dmarc.policy && owner(dmarc) }]
    : [];
  return [...sender, ...signatures, ...policy, ...(arc ? chain(arc) : [])];
}

function owner({ result, policy, aligned }: NonNullable<Authentication['dmarc']>): string {
  return result === 'pass' ? `by ${aligned?.join(' and ').toUpperCase()}` : `its owner asks for: ${policy}`;
}

function chain({ result, reason, hops, oldest_pass: since }: NonNullable<Authentication['arc']>): Line[] {
  const whole = since === 0 ? 'unchanged on the way' : `unchanged since server ${since}`;
  const about = result === 'pass' ? `${plural(hops.length, 'server')}, ${whole}` : undefined;
  const said = result === 'pass' ? hops : [];
  return [
    { what: 'ARC', result, reason, about },
    ...said.map(({ instance, domain, results }) => ({
      what: `ARC ${instance}`,
      result: '',
      about: `${domain}: ${results}`,
    })),
  ];
}
