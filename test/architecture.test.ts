import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** Room → the rooms it may import from. A file directly in src/ is a room of its own. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'cli.ts': ['run.ts'],
  'run.ts': ['commands', 'crash.ts', 'errors.ts', 'format', 'package.ts'],
  'crash.ts': ['errors.ts', 'format'],
  base: [],
  'errors.ts': ['format', 'place.ts'],
  'place.ts': [],
  'package.ts': [],
  format: [],
  'steps.ts': [],
  plan: ['errors.ts', 'place.ts', 'steps.ts', 'format'],
  workload: ['errors.ts', 'place.ts'],
  database: ['base', 'errors.ts'],
  session: ['base', 'database', 'plan', 'workload', 'errors.ts', 'steps.ts', 'format'],
  advisor: ['base', 'plan', 'workload', 'session', 'format', 'errors.ts'],
  change: ['base', 'advisor', 'database', 'workload', 'format', 'errors.ts'],
  report: [
    'base',
    'advisor',
    'survey',
    'plan',
    'workload',
    'session',
    'format',
    'errors.ts',
    'place.ts',
    'suggestion',
  ],
  tui: [
    'base',
    'advisor',
    'survey',
    'plan',
    'workload',
    'session',
    'format',
    'crash.ts',
    'errors.ts',
    'steps.ts',
    'suggestion',
    'report',
  ],
  survey: ['advisor', 'session', 'workload'],
  lens: ['base', 'advisor', 'database', 'plan', 'session', 'workload', 'format', 'errors.ts', 'place.ts'],
  suggestion: ['base', 'database', 'advisor', 'plan', 'production', 'session', 'workload'],
  production: ['base', 'lens', 'advisor', 'database', 'plan', 'session', 'workload', 'format', 'errors.ts'],
  init: ['base', 'database', 'session', 'workload', 'format', 'errors.ts'],
  commands: [
    'base',
    'tui',
    'plan',
    'init',
    'survey',
    'lens',
    'production',
    'suggestion',
    'change',
    'report',
    'advisor',
    'session',
    'database',
    'workload',
    'format',
    'crash.ts',
    'errors.ts',
    'steps.ts',
    'package.ts',
    'run.ts',
  ],
};

/** The only importers of these packages: whoever wants a database asks database/, whoever wants a screen asks tui/. */
const PACKAGES: Readonly<Record<string, string | readonly string[]>> = {
  pg: 'database',
  'pg-connection-string': 'database',
  ink: 'tui',
  'ink-table': 'tui',
  '@inkjs/ui': 'tui',
  react: 'tui',
  'libpg-query': 'workload',
  'pgsql-deparser': 'suggestion',
  'jsonc-parser': ['workload', 'plan'],
  saxes: 'plan',
  yaml: 'plan',
  commander: 'run.ts',
};

/** Rooms that compute: none of their files reaches a database or a screen, however far down. */
const PURE: readonly string[] = [
  'base',
  'format',
  'plan',
  'workload',
  'advisor',
  'report',
  'change',
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
      // A type is erased: commands may be told the shape of the command line that run.ts reads.
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
    expect(pure.length).toBeGreaterThan(300);
    expect(pure.filter(file => ['pg', 'ink', 'react'].some(name => reached(file).has(name)))).toEqual([]);
    // The measure itself sees them where they are.
    expect(reached('src/database/link.ts').has('pg')).toBe(true);
    expect(reached('src/tui/mount.tsx').has('ink')).toBe(true);
  });

  it('loads commands, Ink and the embedded server only when they are needed', () => {
    const lazy = readFileSync(join(SRC, 'run.ts'), 'utf8').matchAll(
      /await import\('\.\/(commands\/[a-z]+)\.ts'\)/g,
    );
    expect([...lazy].map(match => match[1]).sort()).toEqual([
      'commands/advise',
      'commands/check',
      'commands/explore',
      'commands/init',
      'commands/lens',
      'commands/plan',
      'commands/suggest',
    ]);
  });

  it('keeps its files small: the median is at most 80 lines', () => {
    const lengths = files
      .map(file => readFileSync(join(SRC, file), 'utf8').split('\n').length)
      .sort((a, b) => a - b);
    expect(lengths[lengths.length >> 1]).toBeLessThanOrEqual(80);
  });

  it('says COMMIT to no server', () => {
    const saying = files.filter(file => /['"`]\s*COMMIT\b/.test(readFileSync(join(SRC, file), 'utf8')));
    // The demo's loader commits what it loads, and a lens its empty tables: each in a database of its own that no session
    // has seen.
    expect(saying.filter(file => !/^(database\/demo|lens\/make)\//.test(file))).toEqual([]);
  });
});
