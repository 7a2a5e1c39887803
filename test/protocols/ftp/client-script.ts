/** A server that says what it is told to, on a real port of loopback: what no honest server would say. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** Gives true back, so that a script can end with it. */
export type Say = (text: string) => true;
/** Gets each line, `undefined` first. True: it has been answered, and the usual answer is not given. */
export type Script = (line: string | undefined, say: Say, peer: ScriptedPeer) => boolean | undefined;

export interface ScriptedPeer {
  readonly socket: Socket;
  /** Answers a transfer command: 150, then `act` on the data connection once it is there. */
  transfer(act: (data: Socket) => void): void;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Every line of every connection. */
  readonly heard: string[];
  /** How many lines came at once, each time. */
  readonly groups: number[];
  connections: number;
}

const FEATURES = ['MLST type*;size*;modify*;', 'SIZE', 'REST STREAM', 'EPSV'];

/** @param features what FEAT tells */
export async function scripted(script: Script, features: readonly string[] = FEATURES): Promise<ScriptedServer> {
  const open: { close(): void; destroy?: () => void }[] = [];
  const heard: string[] = [];
  const groups: number[] = [];
  const server = createServer((socket) => {
    state.connections += 1;
    open.push({ close: () => socket.destroy() });
    socket.on('data', (chunk: Buffer) => groups.push(chunk.toString('latin1').split('\n').length - 1));
    new Peer(socket, script, features, heard, open);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: ScriptedServer = {
    port: portOf(server),
    heard,
    groups,
    connections: 0,
    async [Symbol.asyncDispose]() {
      for (const one of open) one.close();
      server.close();
      await once(server, 'close');
    },
  };
  return state;
}

class Peer implements ScriptedPeer {
  readonly socket: Socket;
  readonly #script: Script;
  readonly #features: readonly string[];
  readonly #heard: string[];
  readonly #open: { close(): void }[];
  #data: Promise<Socket> | undefined;
  #held = '';
  #turn: Promise<void> = Promise.resolve();

  constructor(socket: Socket, script: Script, features: readonly string[], heard: string[], open: { close(): void }[]) {
    this.socket = socket;
    this.#script = script;
    this.#features = features;
    this.#heard = heard;
    this.#open = open;
    socket.on('error', () => {}).on('data', (chunk: Buffer) => this.#hear(chunk));
    if (!script(undefined, this.#say, this)) this.#say('220 ready');
  }

  transfer(act: (data: Socket) => void): void {
    this.#say('150 here it comes');
    void this.#data?.then(act);
  }

  #say = (text: string): true => {
    if (this.socket.writable) this.socket.write(text.endsWith('\n') ? text : `${text}\r\n`);
    return true;
  };

  #hear(chunk: Buffer): void {
    this.#held += chunk.toString('latin1');
    for (let at = this.#held.indexOf('\r\n'); at !== -1; at = this.#held.indexOf('\r\n')) {
      const line = this.#held.slice(0, at);
      this.#held = this.#held.slice(at + 2);
      this.#heard.push(line);
      this.#turn = this.#turn.then(async () => {
        if (!this.#script(line, this.#say, this)) await this.#usual(line);
      });
    }
  }

  async #usual(line: string): Promise<void> {
    const [word = ''] = line.split(' ');
    if (word === 'EPSV' || word === 'PASV') return this.#passive(word);
    const answers: Readonly<Record<string, string>> = {
      USER: '331 password',
      PASS: '230 in',
      FEAT: `211-Features\r\n${this.#features.map((feature) => ` ${feature}\r\n`).join('')}211 End`,
      TYPE: '200 ok',
      OPTS: '200 ok',
      PWD: '257 "/" is here',
      QUIT: '221 bye',
    };
    this.#say(answers[word] ?? '502 no such command');
  }

  async #passive(word: string): Promise<void> {
    const server = createServer({ allowHalfOpen: true });
    this.#open.push({ close: () => server.close() });
    this.#data = once(server, 'connection').then(([socket]) => {
      this.#open.push({ close: () => (socket as Socket).destroy() });
      server.close();
      return (socket as Socket).on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = portOf(server);
    // The address is a third party's: nobody may go there.
    if (word === 'PASV') this.#say(`227 Entering Passive Mode (192,0,2,7,${port >> 8},${port & 255}).`);
    else this.#say(`229 Entering Extended Passive Mode (|||${port}|)`);
  }
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}
