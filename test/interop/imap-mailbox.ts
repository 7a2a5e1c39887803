/** A mailbox filled and looked at by hand, so that no client's habits are part of the test. */
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';

/** Messages of one APPEND (RFC 3502). */
const BATCH = 500;

/** Says commands and takes everything up to the tagged answer. */
export class RawImap implements AsyncDisposable {
  readonly #socket: Socket;
  #said = '';
  #wake: () => void = () => {};
  #count = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#said += text;
      this.#wake();
    });
  }

  static async login(port: number, user: string): Promise<RawImap> {
    const imap = new RawImap(connect(port, '127.0.0.1'));
    await imap.ask(`LOGIN ${user} secret`);
    return imap;
  }

  ask(command: string): Promise<string> {
    this.#socket.write(`t${++this.#count} ${command}\r\n`, 'latin1');
    return this.#answer();
  }

  /** A command that is answered by `+`. */
  async begin(command: string): Promise<void> {
    this.#socket.write(`t${++this.#count} ${command}\r\n`, 'latin1');
    await this.told(/^\+.*\r\n/m);
  }

  /** What ends it. */
  end(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`, 'latin1');
    return this.#answer();
  }

  /** Everything up to this, taken. Looks only at what is new: an answer may be long. */
  async told(pattern: RegExp): Promise<RegExpExecArray & { readonly before: string }> {
    for (let from = 0; ; ) {
      const found = pattern.exec(this.#said.slice(from));
      if (found) {
        const end = from + found.index + found[0].length;
        const before = this.#said.slice(0, end);
        this.#said = this.#said.slice(end);
        return Object.assign(found, { before });
      }
      from = Math.max(from, this.#said.lastIndexOf('\n') + 1);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #answer(): Promise<string> {
    const found = await this.told(new RegExp(`^t${this.#count} (OK|NO|BAD) .*\\r\\n`, 'm'));
    if (found[1] !== 'OK') throw new Error(found[0]);
    return found.before;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Messages `Subject: NAME 1` and so on. */
  async fill(mailbox: string, name: string, count: number, more = ''): Promise<void> {
    for (let at = 0; at < count; at += BATCH) {
      const mails = Array.from(
        { length: Math.min(BATCH, count - at) },
        (_, offset) => mail(name, at + offset + 1) + more,
      );
      await this.ask(`APPEND ${mailbox}${mails.map((text) => ` () {${text.length}+}\r\n${text}`).join('')}`);
    }
  }

  async subjects(mailbox: string): Promise<string[]> {
    await this.ask(`EXAMINE ${mailbox}`);
    const said = await this.ask('FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]');
    return [...said.matchAll(/^Subject: (.*)\r$/gm)].map(([, subject = '']) => subject);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ask('LOGOUT');
    this.#socket.destroy();
  }
}

export function mail(name: string, number: number): string {
  return `From: a@x.test\r\nSubject: ${name} ${number}\r\nMessage-ID: <${name}.${number}@x.test>\r\n\r\ntext ${number}\r\n`;
}

/** What a server shows under implicit TLS, as PEM. */
export async function shownCertificate(port: number): Promise<string> {
  const [leaf = ''] = await shownChain(port);
  return leaf;
}

/** The same, and whoever signed it. */
export async function shownChain(port: number): Promise<string[]> {
  const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const chain = new Set<Buffer>();
  for (let at = socket.getPeerCertificate(true); at && !chain.has(at.raw); at = at.issuerCertificate) chain.add(at.raw);
  socket.destroy();
  return [...chain].map((raw) => {
    const lines = raw.toString('base64').match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  });
}
