import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** Room → the rooms it may import from. A file directly in src/ is a room of its own. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'cli.ts': ['run.ts'],
  'run.ts': ['commands', 'crash.ts', 'errors.ts', 'format', 'package.ts'],
  'crash.ts': ['errors.ts', 'format'],
  'errors.ts': ['format', 'place.ts'],
  'place.ts': [],
  'package.ts': [],
  format: [],
  'steps.ts': [],
  plan: ['errors.ts', 'place.ts', 'steps.ts', 'format'],
  workload: ['errors.ts', 'place.ts'],
  database: ['errors.ts'],
  session: ['database', 'plan', 'workload', 'errors.ts', 'steps.ts', 'format'],
  advisor: ['plan', 'workload', 'session', 'format', 'errors.ts'],
  change: ['advisor', 'database', 'workload', 'format', 'errors.ts'],
  report: ['advisor', 'survey', 'plan', 'workload', 'session', 'format', 'errors.ts', 'place.ts'],
  tui: ['advisor', 'survey', 'plan', 'workload', 'session', 'format', 'crash.ts', 'errors.ts', 'steps.ts'],
  survey: ['advisor', 'session', 'workload'],
  lens: ['advisor', 'database', 'plan', 'session', 'workload', 'format', 'errors.ts', 'place.ts'],
  rehearsal: ['lens', 'advisor', 'plan', 'session', 'workload', 'format', 'errors.ts'],
  init: ['database', 'session', 'workload', 'format', 'errors.ts'],
  commands: [
    'tui',
    'plan',
    'init',
    'survey',
    'lens',
    'rehearsal',
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
  'jsonc-parser': ['workload', 'plan'],
  saxes: 'plan',
  yaml: 'plan',
  commander: 'run.ts',
};

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
