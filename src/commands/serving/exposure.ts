/** What may be reached from where, and whether that is safe to start (trust.md section 2). */
import { isIP } from 'node:net';
import { CsError } from '../../kit/errors.ts';
import type { GlobalValues } from '../globals.ts';

export type Exposure = 'loopback' | 'network';

export const LOOPBACK = ['127.0.0.1', '::1'] as const;

export function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The addresses to bind. Names other than `localhost` are refused: what they mean may change under us. */
export function bindHosts(options: Pick<GlobalValues, 'host' | 'public'>): readonly string[] {
  if (options.public) return ['0.0.0.0', '::'];
  if (options.host.length === 0) return LOOPBACK;
  return options.host.flatMap((host) => {
    if (host === 'localhost') return LOOPBACK;
    if (isIP(host) === 0) {
      throw new CsError('CS_USAGE', `--host takes a literal address: ${JSON.stringify(host)}`, {
        hint: '--host 127.0.0.1, --host ::1, or --public for all interfaces',
      });
    }
    return [host];
  });
}

export type TlsMode = 'off' | 'offered' | 'required' | 'implicit';

/**
 * Refuses to start an address that others can reach without accounts or without TLS.
 * @returns warnings that stay true while the servers run
 */
export function checkExposure(
  hosts: readonly string[],
  options: GlobalValues,
  tls: readonly TlsMode[],
): { exposure: Exposure; warnings: string[] } {
  const open = hosts.filter((host) => !isLoopback(host));
  if (open.length === 0) return { exposure: 'loopback', warnings: [] };
  const where = open.join(' and ');
  const missing: [string, string][] = [];
  if (options.auth !== 'required' && !options.allowNoAuth)
    missing.push(['accounts', '--auth required, or --allow-no-auth']);
  if (tls.some((mode) => mode === 'off' || mode === 'offered') && !options.allowPlaintext) {
    missing.push(['TLS', '--tls require (or on), or --allow-plaintext']);
  }
  if (missing.length > 0) {
    throw new CsError(
      'CS_UNSAFE',
      `${where} can be reached by others, and ${missing.map(([what]) => what).join(' and ')} would not be required`,
      {
        hint: missing.map(([, way]) => way).join('; '),
      },
    );
  }
  const warnings: string[] = [];
  if (options.auth !== 'required')
    warnings.push(`anybody who reaches ${where} may use these servers (--allow-no-auth)`);
  if (options.allowPlaintext)
    warnings.push(`passwords and mail may cross the network in the clear on ${where} (--allow-plaintext)`);
  return { exposure: 'network', warnings };
}
