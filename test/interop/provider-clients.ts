/**
 * The providers' own npm clients, installed beside the checkout for one run: they bring some sixty packages, which nobody who
 * installs `cs` should wait for. Where the registry does not answer, and where tools must be there already (CI), they are
 * left out, loudly.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sh } from './server.ts';

const PINNED = [
  '@aws-sdk/client-sesv2@3.1176.0',
  '@sendgrid/mail@8.1.6',
  'form-data@4.0.6',
  'mailgun.js@14.0.1',
  'postmark@5.1.0',
];

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface SendGrid {
  setApiKey(key: string): void;
  readonly client: { setDefaultRequest(name: 'baseUrl', value: string): void };
  send(letter: object): Promise<readonly [{ readonly statusCode: number }, unknown]>;
}
export interface Postmark {
  readonly ServerClient: new (
    token: string,
    how: object,
  ) => { sendEmail(letter: object): Promise<{ readonly ErrorCode: number; readonly MessageID: string }> };
}
export interface Ses {
  readonly SESv2Client: new (
    how: object,
  ) => {
    send(command: object): Promise<{ readonly MessageId: string }>;
    destroy(): void;
  };
  readonly SendEmailCommand: new (input: object) => object;
}
export type Mailgun = new (
  form: unknown,
) => {
  client(how: object): {
    readonly messages: { create(domain: string, letter: object): Promise<{ readonly id: string }> };
  };
};

export interface Clients extends Disposable {
  get(name: '@sendgrid/mail'): SendGrid;
  get(name: 'postmark'): Postmark;
  get(name: '@aws-sdk/client-sesv2'): Ses;
  get(name: 'mailgun.js'): { readonly default: Mailgun };
  get(name: 'form-data'): unknown;
}

/** Undefined, and said, where they cannot be had. */
export async function providerClients(): Promise<Clients | undefined> {
  const ci = process.env.CI !== undefined || process.env.CS_INTEROP === 'required';
  const dir = mkdtempSync(join(tmpdir(), 'cs-providers-'));
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  writeFileSync(join(dir, 'package.json'), '{"private":true}');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', dir, '--fetch-retries', '0'];
  const ran = ci ? { code: 1, stderr: 'not in CI' } : await sh('npm', ['install', ...flags, ...PINNED], LONG);
  if (ran.code === 0) {
    const require = createRequire(join(dir, 'package.json'));
    return { get: (name: string) => require(name), [Symbol.dispose]: remove };
  }
  remove();
  console.error(`SKIPPED, LOUDLY: the providers' clients could not be installed: ${ran.stderr.trim().slice(-300)}`);
  return undefined;
}

const LONG = { timeout: 180_000 };
