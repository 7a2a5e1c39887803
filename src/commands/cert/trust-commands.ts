import type { Paint } from '../../ui/ui.ts';

export interface TrustRecipe {
  readonly name: string;
  readonly title: string;
  readonly lines: readonly string[];
}

/** What to type, per system; to take it back, and what it means, stand in the text around it. */
export function trustCommands(path: string): readonly TrustRecipe[] {
  const file = `'${path.replaceAll("'", `'\\''`)}'`;
  const windows = `"${path}"`;
  return [
    {
      name: 'debian',
      title: 'Debian, Ubuntu, Alpine',
      lines: [
        `sudo install -m 644 ${file} /usr/local/share/ca-certificates/cs-local-ca.crt`,
        'sudo update-ca-certificates',
      ],
    },
    {
      name: 'fedora',
      title: 'Fedora, RHEL, Arch',
      lines: [`sudo trust anchor --store ${file}`],
    },
    {
      name: 'macos',
      title: 'macOS',
      lines: [`security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${file}`],
    },
    {
      name: 'windows',
      title: 'Windows (this user)',
      lines: [`certutil -user -addstore Root ${windows}`],
    },
    {
      name: 'firefox',
      title: 'Firefox (close it first; likewise for Chromium on Linux with sql:$HOME/.pki/nssdb)',
      lines: [
        'for profile in ~/.mozilla/firefox/*.default*; do',
        `  certutil -d sql:"$profile" -A -t C,, -n 'cs local CA' -i ${file}`,
        'done',
      ],
    },
    { name: 'node', title: 'Node.js', lines: [`export NODE_EXTRA_CA_CERTS=${file}`] },
    {
      name: 'once',
      title: 'One call, nothing trusted for longer',
      lines: [`curl --cacert ${file} https://localhost:8443/`],
    },
  ];
}

export function trustText(recipes: readonly TrustRecipe[], paint: Paint): string {
  const intro = 'Nothing was changed. To trust servers with certificates of the local authority, run one of these:';
  const parts = recipes.map(({ title, lines }) => [paint.bold(title), ...lines.map((line) => `  ${line}`)].join('\n'));
  return [paint.dim(intro), ...parts].join('\n\n');
}
