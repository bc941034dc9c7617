import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../src/cli/main.ts';
import { parsePlan } from '../src/plan/parse.ts';
import { compareWithBaseline } from '../src/report/baseline/compare.ts';
import { KINDS } from '../src/report/baseline/remarks.ts';
import { checkDocument } from '../src/report/document.ts';
import { collect, NO_RESULTS } from '../src/report/results.ts';
import type { SessionEvent } from '../src/session/events.ts';
import { keyTableMarkdown } from '../src/tui/keymap.ts';
import { loadWorkload } from '../src/workload/load.ts';
import { about, productionOf, projectedAs, sideAt } from './helpers/production.ts';
import { SMALL } from './lens/small.ts';

const file = (name: string) => readFileSync(resolve(import.meta.dirname, '..', name), 'utf8');

async function help(...argv: string[]): Promise<string> {
  let text = '';
  const write = (chunk: string) => {
    text += chunk;
    return true;
  };
  const stdout = Object.create(process.stdout, { write: { value: write } });
  expect(await run(argv, Object.create(process, { stdout: { value: stdout } }))).toBe(0);
  return text;
}

describe('the README', () => {
  it('shows a workflow whose commands the program knows', async () => {
    const workflow = /```yaml\n([\s\S]*?)```/.exec(file('README.md'))?.[1] ?? '';
    const command = /npx pgopt-explore check (.*)/.exec(workflow)?.[1] ?? '';
    const helped = await help('check', '--help');
    const known = (await help('--help')) + helped;
    const used = command.match(/--[a-z-]+/g) ?? [];
    expect(used).toContain('--baseline');
    expect(used.filter(option => !known.includes(option))).toEqual([]);
  });

  it('has the key table of the program', () => {
    expect(file('README.md')).toContain(keyTableMarkdown());
  });

  it('names every option of --help, and no other', async () => {
    const options = (text: string) => new Set(text.match(/--[a-z]+(-[a-z]+)*/g));
    const helped = options(
      (await help('--help')) +
        (await help('check', '--help')) +
        (await help('advise', '--help')) +
        (await help('suggest', '--help')) +
        (await help('init', '--help')) +
        (await help('lens', '--help')),
    );
    const section = file('README.md').split('## Options')[1]?.split('## How')[0] ?? '';
    // A workflow file has other programs' options, too.
    const table = section.replace(/```yaml[\s\S]*?```/g, '');
    expect([...options(table)].sort()).toEqual([...helped].sort());
  });

  it('gives the same exit codes as --help', async () => {
    const codes = /Exit codes: (.*?)\./;
    expect(codes.exec(file('README.md').replace(/\s+/g, ' '))?.[1]).toBe(
      codes.exec((await help('--help')).replace(/\s+/g, ' '))?.[1],
    );
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

/** Every key anywhere in a value; arrays count as their items. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

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
    expect([...fields].filter(field => !new RegExp(`\`${field}(\\[\\])?\``).test(described))).toEqual([]);
  });
});
