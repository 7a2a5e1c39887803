import type { LoginSource } from '../../../../src/contracts/accounts.ts';
import type {
  ClientExchange,
  Mechanism,
  SaslStep,
  ServerExchange,
} from '../../../../src/protocols/shared/sasl/mechanism.ts';
import { startServer } from '../../../../src/protocols/shared/sasl/server.ts';
import { type Auth, REMOTE } from '../../../auth/fixture.ts';

export function serverFor(auth: Auth, mechanism: Mechanism, source: LoginSource = REMOTE): ServerExchange {
  return startServer(mechanism, { accounts: auth.accounts, source, trusted: true });
}

/** Both ends against each other until the server is done; the client is told of success. */
export async function converse(client: ClientExchange, server: ServerExchange, initial = true): Promise<SaslStep> {
  let step = await server.step(initial ? client.begin() : undefined);
  for (let turn = 0; turn < 6 && !step.done; turn++) step = await server.step(await client.step(step.challenge));
  if (step.done && step.identity) client.finish();
  return step;
}

/** The server alone: what it answers to each response, as text. */
export async function answers(
  server: ServerExchange,
  responses: readonly (string | Uint8Array | undefined)[],
): Promise<string[]> {
  const said: string[] = [];
  for (const response of responses) {
    const step = await server.step(response === undefined ? undefined : Buffer.from(response));
    said.push(describe(step));
    if (step.done) break;
  }
  return said;
}

export function describe(step: SaslStep): string {
  if (!step.done) return `+${Buffer.from(step.challenge).toString()}`;
  return step.identity ? `ok ${step.identity.name}` : step.failure;
}
