import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS, entriesOf, generatedPages, helpOf } from '../scripts/docs.ts';
import { EXIT } from '../src/base/errors.ts';
import { RULES } from '../src/plan/findings/rules.ts';
import { parsePlan } from '../src/plan/parse.ts';
import { compareWithBaseline } from '../src/report/baseline/compare.ts';
import { KINDS } from '../src/report/baseline/remarks.ts';
import { checkDocument } from '../src/report/document.ts';
import { collect, NO_RESULTS } from '../src/report/results.ts';
import type { SessionEvent } from '../src/session/events.ts';
import { bindingsOf, keyNames, keyTableMarkdown } from '../src/tui/keys/bindings.ts';
import { parseBudgets } from '../src/workload/budgets.ts';
import { loadWorkload } from '../src/workload/load.ts';
import {
  brokenLinks,
  columnNames,
  commandLines,
  DOCUMENTS,
  exists,
  keysOf,
  namesIn,
  PAGES,
  proseOf,
  readDocument,
  wordsOf,
} from './helpers/documents.ts';
import { about, productionOf, projectedAs, sideAt } from './helpers/production.ts';
import { SMALL } from './lens/small.ts';

const file = readDocument;
/** Workloads that the documents name. */
const FOLDERS: ReadonlySet<string> = new Set(['my-workload', 'better']);

describe('the pages that follow from the program', async () => {
  for (const [name, page] of await generatedPages())
    it(`docs/${name} is up to date (npm run docs writes it)`, () => {
      expect(file(`docs/${name}`)).toBe(page);
    });

  it('have every option, the exit codes, every key and every rule', async () => {
    const options = file('docs/options.md');
    expect(COMMANDS).toContain('check');
    for (const command of COMMANDS) {
      const flags = entriesOf(await helpOf(command), 'Options');
      expect(flags.length).toBeGreaterThan(0);
      for (const one of flags) expect(options).toContain(`\`${one.flags}\``);
      const lines = (await helpOf(command)).split('\nOptions:\n')[1]?.match(/^ {2}-.*/gm) ?? [];
      expect(flags.length + 1, 'all but --help').toBe(lines.length);
    }
    for (const code of Object.values(EXIT)) expect(options).toMatch(new RegExp(`\\b${code} \\w`));
    expect(file('docs/keys.md').match(/^`.+` \|/gm)).toHaveLength(keyTableMarkdown().split('\n').length - 2);
    expect(file('docs/findings.md').match(/^`[a-z-]+` \|/gm)).toHaveLength(RULES.length);
  });
});

describe('what the documents say', () => {
  const quoted = DOCUMENTS.flatMap(commandLines);

  it('are commands and options that the program knows', async () => {
    const helps = new Map<string, string>();
    for (const command of COMMANDS) helps.set(command, await helpOf(command));
    expect(quoted.length).toBeGreaterThan(40);
    for (const { path, words } of quoted) {
      const [first = ''] = words;
      const isFolder = FOLDERS.has(first) || first.startsWith('-');
      expect(isFolder || helps.has(first), `${path}: the command ${first}`).toBe(true);
      const help = helps.get(isFolder ? '' : first) ?? '';
      const used = words.flatMap(word => /^-{1,2}[a-zA-Z][a-z-]*/.exec(word) ?? []);
      const unknown = used.filter(option => !new RegExp(`(^|[ ,])${option}\\b`, 'm').test(help));
      expect(unknown, `${path}: pgopt-explore ${words.join(' ')}`).toEqual([]);
    }
  });

  it('names no option that no command has', async () => {
    const all = (await Promise.all(COMMANDS.map(helpOf))).join('\n');
    const foreign = new Set(['--single-transaction', '--csv']);
    for (const path of DOCUMENTS) {
      const named = [...namesIn(file(path))].filter(name => /^--[a-z]/.test(name) && !foreign.has(name));
      const unknown = named.filter(name => !new RegExp(`${name.split(/[ =]/)[0]}\\b`).test(all));
      expect(unknown, path).toEqual([]);
    }
  });

  it.each(DOCUMENTS)('%s: its links lead somewhere, and the files that it names are there', path => {
    expect(brokenLinks(path)).toEqual([]);
    const named =
      file(path).match(
        /\b(?:src|test|scripts|docs|schema|queries)\/[\w/.-]+\.(?:ts|tsx|js|md|json|gif)\b/g,
      ) ?? [];
    expect(named.filter(name => !exists(name))).toEqual([]);
  });

  it.each([
    ['space', /switch/],
    ['a', /all/],
    ['1–9', /query/],
    ['tab', /pane/],
    ['n', /change/],
    ['c', /costliest|most expensive/],
    ['enter', /node/],
    ['p', /production/],
    ['P', /production/],
    ['B', /requirements/],
    ['A', /advice/],
    ['S', /suggestions/],
    ['W', /folder|migration/],
    ['R', /transaction/],
    ['i', /ledger/],
    ['D', /DDL/],
    ['E', /errors/],
    ['s', /SQL/],
    ['t', /table/],
    ['v', /values/],
    ['u', /tree/],
    ['o', /settings/],
    ['x', /cancel|stop/],
    ['?', /help/],
    ['q', /quit/],
  ])('says of the key %s what it does', (key, does) => {
    expect(DOCUMENTS.some(path => namesIn(file(path)).has(key) || key === '1–9')).toBe(true);
    const titles = [...bindingsOf('explorer'), ...bindingsOf('viewer')]
      .filter(binding => keyNames(binding).includes(key))
      .map(({ title }) => title);
    expect(titles.filter(title => does.test(title))).not.toEqual([]);
  });

  it('fits: the README, the architecture, all pages', () => {
    expect(wordsOf(file('README.md'))).toBeLessThanOrEqual(1300);
    expect(wordsOf(file('ARCHITECTURE.md'))).toBeLessThanOrEqual(1100);
    // A row of a table brings its own words to the pages that follow from the program.
    const written = PAGES.filter(path => !file(path).includes('<!-- Generated by npm run docs. -->'));
    expect(
      written.map(path => wordsOf(file(path))).reduce((sum, words) => sum + words, 0),
    ).toBeLessThanOrEqual(13_200);
  });

  it.each(DOCUMENTS)('%s says who acts', path => {
    const prose = proseOf(file(path));
    expect(
      prose.match(/\b(nobody|somebody|anybody|everybody|whoever|of what|by the way|is told|dearer|dear)\b/gi),
    ).toBeNull();
  });

  it('has a page in the index for every page', () => {
    const index = file('docs/README.md');
    for (const path of PAGES)
      if (path !== 'docs/README.md') expect(index).toContain(`(${path.slice('docs/'.length)})`);
  });

  it('shows one toggle: a GIF of several frames that repeats, of a reasonable size', () => {
    expect(file('README.md')).toContain('(docs/toggle.gif)');
    const gif = readFileSync(resolve(import.meta.dirname, '../docs/toggle.gif'), 'latin1');
    expect(gif).toMatch(/^GIF89a/);
    expect(gif).toContain('NETSCAPE2.0');
    expect(gif.split('\x21\xf9\x04').length - 1).toBeGreaterThan(5);
    expect(gif.length).toBeLessThan(600_000);
  });

  it('shows a workflow that YAML reads and whose step compares with a baseline', () => {
    const workflow = /```yaml\n([\s\S]*?)```/.exec(file('docs/ci.md'))?.[1] ?? '';
    const steps = parse(workflow).jobs.plans.steps as readonly { readonly run?: string }[];
    const commands = steps.flatMap(({ run: said = '' }) => /pgopt-explore check .*/.exec(said) ?? []);
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(/--baseline plans\.json .*> new-plans\.json/);
  });

  it('shows a workload.json that the program takes', () => {
    for (const path of ['docs/workload.md', 'docs/requirements.md']) {
      const [, example = ''] = /```json\n([\s\S]*?)```/.exec(file(path)) ?? [];
      expect(() => parseBudgets('workload.json', example), path).not.toThrow();
    }
  });
});

describe('docs/lens-file.md', () => {
  it('names every field of a lens that has everything', () => {
    const described = file('docs/lens-file.md');
    const settings = Object.keys(SMALL.settings);
    const fields = new Set(keysOf(SMALL).filter(key => !settings.includes(key)));
    expect(fields.size).toBeGreaterThan(50);
    expect([...fields].filter(field => !described.includes(`\`${field}\``))).toEqual([]);
  });
});

describe('docs/check-json.md', () => {
  it('names every field of a document that has everything', async () => {
    const workload = await loadWorkload(resolve(import.meta.dirname, '..'), '/');
    const fixture = JSON.parse(file('test/fixtures/plans/15/seq-scan.analyzed.json')) as unknown;
    const plan = parsePlan(fixture);
    const [proposal] = workload.proposals;
    const [query] = workload.queries;
    const runs = { rowsPerSecond: [1], rows: 1, walBytesPerRow: 1, hot: 1 };
    const events: SessionEvent[] = [
      {
        type: 'session:opened',
        serverVersion: '15',
        database: 'd',
        user: 'u',
        hiding: 'catalog',
        indexes: [
          {
            schema: 's',
            name: 'i',
            table: 'orders',
            bytes: 1,
            scans: 0,
            statsSince: undefined,
            valid: false,
            unique: false,
            constraint: undefined,
            duplicateOf: undefined,
          },
        ],
        openedAt: 0,
        tables: [
          { schema: 's', name: 'orders', rows: 1, bytes: 1, allVisible: 1, counted: true, partOf: 's.all' },
        ],
      },
      {
        type: 'build:finished',
        proposalId: proposal?.id ?? '',
        built: {
          buildMs: 1,
          bytes: 1,
          objects: [{ kind: 'index', name: 'i', table: 'orders', bytes: 1, rows: 1, usable: true }],
          cost: {
            tables: [
              {
                table: 'orders',
                insert: { without: runs, with: runs },
                update: { reason: 'r' },
                deadRows: 1,
              },
            ],
            views: [
              {
                view: 'v',
                runsMs: [1],
                blocksRead: 1,
                blocksHit: 1,
                temporaryBlocks: 1,
                concurrently: true,
                reason: undefined,
              },
            ],
          },
        },
      },
      {
        type: 'plan:estimated',
        queryId: query?.id ?? '',
        configuration: '',
        missing: [],
        plan,
        rewrite: undefined,
        revision: 1,
      },
      {
        type: 'answer:compared',
        queryId: '05-customer-lifetime-value',
        rewrite: 'customer_lifetime_stats',
        answer: {
          verdict: 'same',
          rows: { original: 1, rewrite: 1 },
          differing: { original: 0, rewrite: 0 },
          columns: ['a'],
          samples: { original: [], rewrite: [] },
          explanation: 'e',
          how: 'h',
        },
      },
    ];
    const queries = workload.queries.map(one => ({ ...one, values: { label: 'l', text: 't' } }));
    const document = checkDocument(
      { ...workload, queries },
      {
        ...events.reduce(collect, NO_RESULTS),
        unused: [
          { proposalId: proposal?.id ?? '', queryId: query?.id ?? '', unused: undefined, failure: 'f' },
        ],
      },
      [proposal?.id ?? ''],
      { label: 'l', embedded: true, scale: 1, loadedOn: '2026-01-01' },
      { program: '0', at: '' },
      productionOf({ [query?.id ?? '']: sideAt(plan, projectedAs(about(1))) }),
    );
    const comparison = compareWithBaseline('f', document, document);
    // Names of tables and kinds of blocks are data, not fields.
    const data = new Set([
      'work_mem',
      ...Object.keys(workload.budgets.productionRows),
      ...keysOf(plan.root.actual?.buffers),
    ]);
    const fields = new Set(keysOf({ ...document, comparison }).filter(key => !data.has(key)));
    const described = file('docs/check-json.md');
    for (const kind of Object.keys(KINDS)) fields.add(kind);
    expect(fields.size).toBeGreaterThan(80);
    const named = namesIn(described);
    expect([...fields].filter(field => !named.has(field))).toEqual([]);
    expect(columnNames(described).length).toBeGreaterThan(80);
    expect(columnNames(described).filter(name => !fields.has(name))).toEqual([]);
  });
});
