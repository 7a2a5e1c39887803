/** `--tls`: the variables by which common programs come to trust our certificates. */
import { join } from 'node:path';
import { caFile, systemRootsPlusCa } from '../../net/ca.ts';

/** All but NODE_EXTRA_CA_CERTS replace the system's roots, so their file holds those and ours. */
export async function tlsEnvironment(directory: string): Promise<Record<string, string>> {
  const ca = await caFile();
  const bundle = join(directory, 'ca-bundle.pem');
  await systemRootsPlusCa(bundle);
  return {
    CS_CA_FILE: ca,
    NODE_EXTRA_CA_CERTS: ca,
    SSL_CERT_FILE: bundle,
    CURL_CA_BUNDLE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    GIT_SSL_CAINFO: bundle,
  };
}
