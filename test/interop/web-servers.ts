/** Foreign web servers on loopback and free ports, each on one directory, gone with their scope. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { certificate } from '../net/certificate.ts';
import { freePort } from './free-port.ts';

export interface Foreign extends AsyncDisposable {
  readonly url: string;
}

/** Resolves once it accepts; fails when it ends before that, with what it said. */
async function started(child: ChildProcess, port: number, url: string): Promise<Foreign> {
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) break;
    await pause(50);
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** @param dir scratch of its own @param locations lines of `server { }` @param tls with HTTP/2 */
export async function nginx(file: string, dir: string, root: string, locations: string, tls = false): Promise<Foreign> {
  const port = await freePort();
  mkdirSync(dir, { recursive: true });
  const { cert, key } = await certificate();
  writeFileSync(join(dir, 'cert.pem'), cert);
  writeFileSync(join(dir, 'key.pem'), key, { mode: 0o600 });
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`);
  const secure = tls ? `ssl_certificate ${dir}/cert.pem; ssl_certificate_key ${dir}/key.pem;` : '';
  const config = `daemon off; master_process off; pid ${dir}/pid; error_log stderr crit; events {}
http { access_log off; client_max_body_size 100m; ${paths.join(' ')} default_type application/octet-stream; etag on;
server { listen 127.0.0.1:${port}${tls ? ' ssl http2' : ''}; ${secure} root ${root}; ${locations} } }`;
  writeFileSync(join(dir, 'nginx.conf'), config);
  const child = spawn(file, ['-e', 'stderr', '-c', join(dir, 'nginx.conf'), '-p', dir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return started(child, port, `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${port}/`);
}

/** @param index words of IndexOptions @param more who may */
export async function apache(
  file: string,
  dir: string,
  root: string,
  index: string,
  more = 'Require all granted',
): Promise<Foreign> {
  const port = await freePort();
  mkdirSync(dir, { recursive: true });
  const modules = [
    'mpm_event',
    'authz_core',
    'authn_core',
    'authn_file',
    'authz_user',
    'auth_basic',
    'auth_digest',
    'dir',
    'autoindex',
    'mime',
  ];
  const loads = modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  writeFileSync(join(dir, 'types'), 'text/plain txt\n');
  const config = `${loads.join('\n')}
ServerName localhost\nListen 127.0.0.1:${port}\nPidFile ${dir}/pid\nErrorLog ${dir}/log\nDefaultRuntimeDir ${dir}\nTypesConfig ${dir}/types
DocumentRoot ${root}\nIndexOptions ${index}\n<Directory ${root}>\nOptions Indexes\n${more}\n</Directory>\n`;
  writeFileSync(join(dir, 'apache.conf'), config);
  const child = spawn(file, ['-f', join(dir, 'apache.conf'), '-DFOREGROUND'], { stdio: ['ignore', 'ignore', 'pipe'] });
  return started(child, port, `http://127.0.0.1:${port}/`);
}

export async function lighttpd(file: string, dir: string, root: string): Promise<Foreign> {
  const port = await freePort();
  mkdirSync(dir, { recursive: true });
  const config = `server.modules = ("mod_dirlisting")\nserver.document-root = "${root}"\nserver.port = ${port}\nserver.bind = "127.0.0.1"\ndir-listing.activate = "enable"\nindex-file.names = ()\n`;
  writeFileSync(join(dir, 'lighttpd.conf'), config);
  const child = spawn(file, ['-D', '-f', join(dir, 'lighttpd.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  return started(child, port, `http://127.0.0.1:${port}/`);
}

export async function python(file: string, root: string): Promise<Foreign> {
  const port = await freePort();
  const args = ['-m', 'http.server', String(port), '--bind', '127.0.0.1', '--directory', root];
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  return started(child, port, `http://127.0.0.1:${port}/`);
}

export function forget(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}
