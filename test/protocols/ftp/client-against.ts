/** The client's files against a scripted server, and scripts that several tests share. */
import type { Socket } from 'node:net';
import type { FileTree } from '../../../src/contracts/files.ts';
import { filePath } from '../../../src/kit/file-path.ts';
import { type Say, type Script, type ScriptedServer, scripted } from './client-script.ts';
import { filesAt, type Wish } from './client-stage.ts';

export const LIMIT = { timeout: 120_000 };
export const at = (...names: string[]) => filePath(names);

/** `act` on the files of a scripted server. */
export async function against<T>(
  script: Script,
  act: (files: FileTree, server: ScriptedServer) => Promise<T>,
  wish: Wish = {},
  features?: readonly string[],
): Promise<T> {
  await using server = await scripted(script, features);
  await using place = await filesAt(server.port, wish);
  return await act(place.files, server);
}

export async function names(files: FileTree, ...path: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of files.list(at(...path))) found.push(name);
  return found;
}

export const file = (size: number, line = '') =>
  `250-Listing\r\n type=file;size=${size};modify=20260102030405; /x${line}\r\n250 End`;

/** A server with one file /x of `content`, sent by `send`. */
export function holding(content: string | Buffer, send: (data: Socket, say: Say) => void): Script {
  return (line, say, peer) => {
    if (line?.startsWith('MLST')) say(file(content.length));
    else if (line?.startsWith('RETR')) peer.transfer((data) => send(data, say));
    else return false;
    return true;
  };
}

export const listing =
  (rows: string): Script =>
  (line, say, peer) => {
    if (!line?.startsWith('MLSD')) return false;
    peer.transfer((data) => data.end(rows, () => say('226 done')));
    return true;
  };
