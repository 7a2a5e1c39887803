/** Service words → what to start. */
import type { Scheme } from '../../contracts/protocol.ts';
import { CsError } from '../../kit/errors.ts';
import { suggest } from '../../kit/suggest.ts';
import { type AnyProtocol, protocols } from '../../registry.ts';

export interface Service {
  /** The scheme's name: `smtp`, `smtps`. The id in the ready line, the word in `--port smtp=2525`. */
  readonly id: string;
  readonly protocol: AnyProtocol;
  readonly scheme: Scheme;
  /** Nobody named it: it came with another service of its family. */
  readonly companion?: true;
}

const served = (): readonly AnyProtocol[] => protocols.filter((protocol) => !protocol.hidden && protocol.server);

/** Every word `cs serve` takes. */
export function serviceNames(): string[] {
  return [...new Set(served().flatMap((protocol) => [...Object.keys(protocol.schemes), protocol.family]))];
}

function members(word: string): Service[] {
  const services: Service[] = [];
  for (const protocol of served()) {
    for (const [id, scheme] of Object.entries(protocol.schemes)) {
      const named = id === word || (!scheme.extra && (protocol.name === word || protocol.family === word));
      if (named) services.push({ id, protocol, scheme });
    }
  }
  return services;
}

function companions(found: ReadonlyMap<string, Service>): Service[] {
  const families = new Set([...found.values()].map(({ protocol }) => protocol.family));
  return served()
    .filter(({ companion, family }) => companion && families.has(family))
    .flatMap((protocol) => members(protocol.name))
    .filter(({ id }) => !found.has(id))
    .map((service) => ({ ...service, companion: true }));
}

/** In the order given, each once, and what comes with them. Throws `CS_USAGE` for none and for an unknown word. */
export function findServices(words: readonly string[]): readonly Service[] {
  if (words.length === 0) {
    throw new CsError('CS_USAGE', 'nothing to serve: no service named, and no cs.yaml that names one', {
      hint: `cs serve smtp   (services: ${serviceNames().join(' ')})`,
    });
  }
  const found = new Map<string, Service>();
  for (const word of words) {
    const services = members(word);
    if (services.length === 0) {
      const near = suggest(word, serviceNames());
      throw new CsError('CS_USAGE', `unknown service ${JSON.stringify(word)}`, {
        hint: near ? `did you mean cs serve ${near}?` : `services: ${serviceNames().join(' ')}`,
      });
    }
    for (const service of services) found.set(service.id, service);
  }
  return [...found.values(), ...companions(found)];
}

/** `--port 0`, `--port 2525` (one service), `--port smtp=2525 --port pop3=0`. */
export function portsFor(
  services: readonly Service[],
  written: readonly string[],
  standard: boolean,
): Map<string, number> {
  const named = services.filter(({ companion }) => !companion);
  const ports = new Map(services.map(({ id, scheme }) => [id, standard ? scheme.standard : scheme.dev]));
  for (const text of written) {
    const [, id, digits = ''] = /^(?:([a-z0-9-]+)=)?(\d{1,5})$/.exec(text) ?? [];
    const port = digits === '' ? Number.NaN : Number(digits);
    if (!(port <= 65_535))
      throw new CsError('CS_USAGE', `not a port: ${JSON.stringify(text)}`, { hint: '--port 2525, --port smtp=2525' });
    if (id !== undefined) {
      if (!ports.has(id)) throw new CsError('CS_USAGE', `--port ${text}: ${id} is not started here`);
      ports.set(id, port);
    } else if (port === 0) for (const key of ports.keys()) ports.set(key, 0);
    else if (named.length === 1) ports.set(named[0]?.id ?? '', port);
    else
      throw new CsError('CS_USAGE', `--port ${port} with several services`, {
        hint: `--port ${named[0]?.id}=${port}`,
      });
  }
  return ports;
}
