/** What the command finds in its environment (surface.md section 9). */
import { CsError } from '../../kit/errors.ts';
import { pick } from '../../ui/pick.ts';
import type { ReadyFacts } from '../serving/ready.ts';
import { serverEnv } from '../serving/ready.ts';

type Variables = Record<string, string>;

/** Values that presets and `--map` name: `{smtp.host}`. */
function names(facts: ReadyFacts): Record<string, Record<string, string>> {
  return Object.fromEntries(
    facts.servers.map((server) => [
      server.id,
      {
        host: server.host,
        port: String(server.port),
        url: server.url,
        user: facts.credentials?.user ?? '',
        password: facts.credentials?.password ?? '',
      },
    ]),
  );
}

/** Each framework's own names; a preset whose server is not started adds nothing. */
export const PRESETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  generic: {
    SMTP_URL: '{smtp.url}',
    SMTP_HOST: '{smtp.host}',
    SMTP_PORT: '{smtp.port}',
    SMTP_USER: '{smtp.user}',
    SMTP_PASSWORD: '{smtp.password}',
    POP3_HOST: '{pop3.host}',
    POP3_PORT: '{pop3.port}',
  },
  laravel: {
    MAIL_MAILER: 'smtp',
    MAIL_HOST: '{smtp.host}',
    MAIL_PORT: '{smtp.port}',
    MAIL_USERNAME: '{smtp.user}',
    MAIL_PASSWORD: '{smtp.password}',
    MAIL_ENCRYPTION: 'null',
  },
  django: {
    EMAIL_HOST: '{smtp.host}',
    EMAIL_PORT: '{smtp.port}',
    EMAIL_HOST_USER: '{smtp.user}',
    EMAIL_HOST_PASSWORD: '{smtp.password}',
    EMAIL_URL: '{smtp.url}',
  },
  rails: {
    SMTP_ADDRESS: '{smtp.host}',
    SMTP_PORT: '{smtp.port}',
    SMTP_USERNAME: '{smtp.user}',
    SMTP_PASSWORD: '{smtp.password}',
  },
  spring: {
    SPRING_MAIL_HOST: '{smtp.host}',
    SPRING_MAIL_PORT: '{smtp.port}',
    SPRING_MAIL_USERNAME: '{smtp.user}',
    SPRING_MAIL_PASSWORD: '{smtp.password}',
  },
  nodemailer: { NODEMAILER_URL: '{smtp.url}', MAIL_URL: '{smtp.url}' },
};

function fill(template: string, facts: ReadyFacts): string | undefined {
  const values = names(facts);
  let missing = false;
  const text = template.replace(/\{([a-z0-9.-]+)\}/g, (_all, path: string) => {
    try {
      return String(pick(values, path));
    } catch {
      missing = true;
      return '';
    }
  });
  return missing ? undefined : text;
}

function mapped(maps: readonly string[], facts: ReadyFacts): Variables {
  const variables: Variables = {};
  for (const map of maps) {
    const [, name = '', template = ''] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(map) ?? [];
    const text = name === '' ? undefined : fill(template, facts);
    if (text === undefined) {
      throw new CsError('CS_USAGE', `--map ${map}: not NAME=TEMPLATE of a started server`, {
        hint: `--map MAIL_HOST={${facts.servers[0]?.id ?? 'smtp'}.host}`,
      });
    }
    variables[name] = text;
  }
  return variables;
}

export interface Choices {
  readonly presets: readonly string[];
  readonly maps: readonly string[];
  readonly override: boolean;
}

/** The child's whole environment, and what `cs` added to it. A name already set stays unless `override`. */
export function childEnvironment(
  base: NodeJS.ProcessEnv,
  own: Variables,
  facts: ReadyFacts,
  choices: Choices,
): { env: NodeJS.ProcessEnv; added: Variables } {
  const wanted: Variables = {};
  for (const server of facts.servers) Object.assign(wanted, serverEnv(server, facts.credentials));
  for (const preset of choices.presets) {
    for (const [name, template] of Object.entries(PRESETS[preset] ?? {})) {
      const text = fill(template, facts);
      if (text !== undefined) wanted[name] = text;
    }
  }
  Object.assign(wanted, mapped(choices.maps, facts));
  const added: Variables = { ...own };
  for (const [name, value] of Object.entries(wanted)) {
    if (choices.override || base[name] === undefined) added[name] = value;
  }
  return { env: { ...base, ...added }, added };
}

/** `NAME=value` lines that a shell and a dotenv reader take alike. */
export function dotenv(variables: Variables): string {
  return Object.entries(variables)
    .map(
      ([name, value]) => `${name}=${/^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}\n`,
    )
    .join('');
}
