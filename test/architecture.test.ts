import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** Each room, and those below it that it may import from. `cli.ts` is the entry of the built program. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  plan: ['base'],
  workload: ['base'],
  database: ['base'],
  session: ['base', 'database', 'plan', 'workload'],
  advisor: ['base', 'plan', 'workload', 'session'],
  survey: ['advisor', 'session', 'workload'],
  lens: ['base', 'advisor', 'database', 'plan', 'session', 'workload'],
  production: ['base', 'lens', 'advisor', 'database', 'plan', 'session', 'workload'],
  suggestion: ['base', 'database', 'advisor', 'plan', 'production', 'session', 'workload'],
  migration: ['base', 'advisor', 'database', 'workload'],
  init: ['base', 'database', 'session', 'workload'],
  report: ['base', 'advisor', 'survey', 'plan', 'workload', 'session', 'suggestion'],
  tui: ['base', 'advisor', 'survey', 'plan', 'workload', 'session', 'suggestion', 'report'],
  cli: [
    'base',
    'plan',
    'workload',
    'database',
    'session',
    'advisor',
    'survey',
    'lens',
    'production',
    'suggestion',
    'migration',
    'init',
    'report',
    'tui',
  ],
  'cli.ts': ['cli'],
};

/** The only importers of these packages. */
const PACKAGES: Readonly<Record<string, string | readonly string[]>> = {
  pg: 'database',
  'pg-connection-string': 'database',
  ink: 'tui',
  'ink-table': 'tui',
  '@inkjs/ui': 'tui',
  react: 'tui',
  'libpg-query': 'workload',
  'pgsql-deparser': 'suggestion',
  'jsonc-parser': ['base', 'workload', 'plan'],
  saxes: 'plan',
  yaml: 'plan',
  commander: 'cli',
};

/** Rooms that compute: none of their files reaches a database or a screen, however far down. */
const PURE: readonly string[] = [
  'base',
  'plan',
  'workload',
  'advisor',
  'report',
  'migration',
  'survey',
  'production',
  'tui/state',
  'tui/model',
  'tui/advice',
  'tui/planView',
];

/** Of such a room, but it opens databases. */
const ASKING = new Set(['src/production/productionLens.ts']);

interface Import {
  readonly file: string;
  readonly target: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(file => /\.tsx?$/.test(file));
const room = (file: string) => file.split('/')[0] ?? file;

const imports: Import[] = files.flatMap(file => {
  const text = readFileSync(join(SRC, file), 'utf8');
  const statements = text.matchAll(
    /(?:^|\n)\s*(import|export)\s+(type\s+)?[^;'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g,
  );
  return [...statements].map(([, , , from, dynamic]) => ({
    file,
    target: from ?? dynamic ?? '',
  }));
});
const own = imports.filter(({ target }) => target.startsWith('.'));
const inSrc = ({ file, target }: Import) => relative(SRC, resolve(SRC, dirname(file), target));

/** What each file loads at run time: types are gone. */
const modules = async () =>
  (
    await build({
      absWorkingDir: resolve(SRC, '..'),
      stdin: { contents: files.map(file => `import './${file}';`).join('\n'), resolveDir: SRC },
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    })
  ).metafile;

describe('the house', () => {
  it('has no room this test does not know', () => {
    expect([...new Set(files.map(room))].filter(name => !(name in ALLOWED))).toEqual([]);
    expect(own.length).toBeGreaterThan(100);
  });

  it('imports one way only', () => {
    const wrong = own
      .map(item => ({ from: item.file, to: inSrc(item) }))
      .filter(({ from, to }) => room(from) !== room(to) && !ALLOWED[room(from)]?.includes(room(to)))
      .map(({ from, to }) => `${from} → ${to}`);
    expect(wrong).toEqual([]);
  });

  it('keeps each package behind one door', () => {
    const wrong = imports.filter(({ file, target }) => {
      const door =
        PACKAGES[
          target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? '')
        ];
      return door !== undefined && ![door].flat().includes(room(file));
    });
    expect(wrong).toEqual([]);
  });

  it('reaches neither pg nor Ink from the rooms that compute', async () => {
    const { inputs } = await modules();
    const reached = (file: string): ReadonlySet<string> => {
      const packages = new Set<string>();
      const seen = new Set([file]);
      for (const one of seen)
        for (const { path, external, kind } of inputs[one]?.imports ?? []) {
          if (kind === 'dynamic-import') continue;
          if (external === true) packages.add(path);
          else seen.add(path);
        }
      return packages;
    };
    const pure = Object.keys(inputs).filter(
      file => PURE.some(name => file.startsWith(`src/${name}/`)) && !ASKING.has(file),
    );
    expect(pure.length).toBeGreaterThan(200);
    expect(pure.filter(file => ['pg', 'ink', 'react'].some(name => reached(file).has(name)))).toEqual([]);
    // The measure itself sees them where they are.
    expect(reached('src/database/link.ts').has('pg')).toBe(true);
    expect(reached('src/tui/mount.tsx').has('ink')).toBe(true);
  });

  it('keeps drawing out of what changes the state: reducers compute positions, views draw them', async () => {
    const { inputs } = await modules();
    const reached = (file: string): ReadonlySet<string> => {
      const seen = new Set([file]);
      for (const one of seen)
        for (const { path, external } of inputs[one]?.imports ?? []) if (external !== true) seen.add(path);
      return seen;
    };
    const reducing = Object.keys(inputs).filter(
      file => /^src\/tui\/(state|keys)\//.test(file) || file === 'src/tui/viewer/reduce.ts',
    );
    expect(reducing.length).toBeGreaterThan(15);
    // Every line of the screen is made of the spans of cell.ts.
    expect(reducing.filter(file => reached(file).has('src/tui/cell.ts'))).toEqual([]);
    expect(reached('src/tui/panes/queries.ts').has('src/tui/cell.ts')).toBe(true);
  });

  it('loads the work of a command only when it runs', async () => {
    const { inputs } = await modules();
    const loaded = new Set(['src/cli.ts']);
    for (const file of loaded)
      for (const { path, external, kind } of inputs[file]?.imports ?? [])
        if (kind !== 'dynamic-import') {
          loaded.add(path);
          if (external === true) loaded.add(path);
        }
    for (const heavy of ['pg', 'ink', 'react', 'libpg-query']) expect([...loaded]).not.toContain(heavy);
    expect([...loaded].filter(file => file.startsWith('src/') && !/^src\/(cli|base)[./]/.test(file))).toEqual(
      [],
    );
  });

  it('keeps every file within 500 lines', () => {
    const long = files.filter(file => readFileSync(join(SRC, file), 'utf8').split('\n').length > 501);
    expect(long).toEqual([]);
  });

  it('says COMMIT to no server', () => {
    const saying = files.filter(file => /['"`]\s*COMMIT\b/.test(readFileSync(join(SRC, file), 'utf8')));
    // The demo's loader commits what it loads, and a lens its empty tables: each in a database of its own that no session
    // has seen.
    expect(saying.filter(file => !/^(database\/demo|lens\/make)\//.test(file))).toEqual([]);
  });
});
