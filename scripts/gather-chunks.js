// One file in place of the many small chunks that every command with a client opens (docs/decisions/0013).
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What a `cs get` of a page opens, by the sources that are begun one after the other. */
const FIRST = [
  'src/main.ts',
  'src/commands/get/run.ts',
  'src/commands/get/get-page.ts',
  'src/net/target.ts',
  'src/net/dial.ts',
  'src/protocols/http/client.ts',
];
const GATHERED = 'first.js';
const IMPORT = /import(?:\{([^}]*)\}from)?"((?:\.{1,2}\/)+(?:chunks\/)?)(chunk-[A-Z0-9]{8}\.js)";/g;

/** @param banner what stands before each file  @param outputs of the metafile, `dist/...` by name */
export async function gatherChunks(build, root, banner, outputs) {
  const chunks = closure(outputs);
  const names = exportNames(chunks, outputs);
  const lines = [...names].map(([chunk, known]) => {
    const list = [...known].map(([name, alias]) => (name === alias ? name : `${name} as ${alias}`));
    return `export{${list.join(',')}}from"./${chunk}";`;
  });
  const inside = (path) => names.has(basename(path));
  await build({
    absWorkingDir: root,
    stdin: { contents: lines.join('\n'), resolveDir: `${root}dist/chunks`, sourcefile: 'gathered' },
    outfile: `dist/chunks/${GATHERED}`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.20',
    plugins: [gathering(inside, banner)],
    banner: { js: banner },
    sourcemap: 'linked',
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
  });
  for (const path of Object.keys(outputs).filter((one) => one.endsWith('.js') && !inside(one))) {
    const text = readFileSync(root + path, 'utf8');
    const changed = text.replace(/^(?:import(?:\{[^}]*\}from)?"[^"]+";)+/m, (head) => rewritten(head, names));
    if (changed !== text) writeFileSync(root + path, changed);
  }
  for (const path of chunks) for (const file of [path, `${path}.map`]) rmSync(root + file);
}

/** The shared chunks that the first sources need before their first line runs, and those that these need. */
function closure(outputs) {
  const found = new Set();
  const add = (path) => {
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind !== 'import-statement' || !/\/chunk-[A-Z0-9]{8}\.js$/.test(next) || found.has(next)) continue;
      found.add(next);
      add(next);
    }
  };
  for (const source of FIRST) {
    const path = Object.keys(outputs).find((one) => outputs[one].entryPoint === source);
    if (path === undefined) throw new Error(`${source} begins no chunk any more: see scripts/gather-chunks.js`);
    add(path);
  }
  return [...found];
}

/** By chunk: what it exports, and what that is called where all of them are one; a name that two chunks have gets a number. */
function exportNames(chunks, outputs) {
  const taken = new Set();
  return new Map(
    chunks.map((path) => {
      const known = new Map();
      for (const name of outputs[path].exports) {
        let alias = name;
        for (let count = 2; taken.has(alias); count++) alias = `${name}$${count}`;
        taken.add(alias);
        known.set(name, alias);
      }
      return [basename(path), known];
    }),
  );
}

/** Gathered chunks are taken in; everything else stays where it is. The line of the banner stays, empty, for the source map. */
function gathering(inside, banner) {
  return {
    name: 'gathering',
    setup(building) {
      building.onResolve({ filter: /./ }, ({ path }) =>
        path.startsWith('.') && inside(path) ? undefined : { path, external: true },
      );
      building.onLoad({ filter: /chunk-[A-Z0-9]{8}\.js$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replace(banner, ''),
      }));
    },
  };
}

/** All imports of gathered chunks as one, in as much room, so that what stands behind them in the line keeps its column. */
function rewritten(head, names) {
  const wanted = [];
  let where;
  const rest = head.replace(IMPORT, (whole, list, way, chunk) => {
    const known = names.get(chunk);
    if (!known) return whole;
    where = way;
    for (const one of list?.split(',') ?? []) {
      const [name, local = name] = one.split(' as ');
      const alias = known.get(name);
      wanted.push(alias === local ? local : `${alias} as ${local}`);
    }
    return '';
  });
  if (where === undefined) return head;
  return `import${wanted.length > 0 ? `{${wanted.join(',')}}from` : ''}"${where}${GATHERED}";${rest}`.padEnd(
    head.length,
  );
}
