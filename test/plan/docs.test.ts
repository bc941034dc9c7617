import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ruleTableMarkdown } from '../../scripts/plan-docs.ts';
import { RULES } from '../../src/plan/findings/rules.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planDocument } from '../../src/report/planModel.ts';
import { CITUS } from '../report/plans.ts';
import { fixture, planOf, ran } from './plans.ts';

const document = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('docs/plans.md', () => {
  it('has the table of rules of the program (npm run readme writes it)', () => {
    expect(document('plans.md')).toContain(`<!-- rules -->\n${ruleTableMarkdown()}\n<!-- /rules -->`);
  });

  it('has one line a rule', () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const lines = document('plans.md').match(/^\| `[a-z-]+` \|.*$/gm) ?? [];
    expect(lines.map(line => /`([a-z-]+)`/.exec(line)?.[1])).toEqual(names);
    expect(lines.filter(line => line.replaceAll('\\|', '').split('|').length !== 5)).toEqual([]);
  });

  it('names no file of ours that is not there', () => {
    const named = document('plans.md').match(/\bsrc\/plan\/[\w/.-]+\.ts\b/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    for (const name of named)
      expect(() => readFileSync(new URL(`../../${name}`, import.meta.url))).not.toThrow();
  });
});

/** What the server named and not we: everything beneath it is data. */
const DATA: ReadonlySet<string> = new Set(['raw', 'settings']);

/** Every field anywhere in a value with what it holds, but for data; arrays count as their items. */
function fieldsOf(value: unknown): readonly (readonly [field: string, holds: unknown])[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [key, inner] as const,
    ...(DATA.has(key) ? [] : fieldsOf(inner)),
  ]);
}

describe('docs/plan-json.md', () => {
  const compiled = planOf(ran('Seq Scan', 1, 1, { 'Heap Fetches': 1 }), {
    'Query Text': 'SELECT 1',
    JIT: {
      Functions: 1,
      Timing: { Generation: 0.1, Inlining: 0.2, Optimization: 0.3, Emission: 0.4, Total: 1 },
    },
  });
  const pairs: readonly (readonly [Plan, Plan])[] = [
    [fixture('18/serialize.analyzed'), fixture('18/trigger-row.analyzed')],
    [fixture('18/planning-buffers.analyzed'), fixture('18/io-timing.analyzed')],
    [fixture('18/update.analyzed'), fixture('18/parallel-verbose.analyzed')],
    [fixture('18/query-identifier.analyzed'), fixture('18/cte-twice.analyzed')],
    [fixture('18/hash-aggregate-on-disk.analyzed'), fixture('18/index-only-heap-fetches.analyzed')],
    [planOf(CITUS[0]?.Plan as Record<string, unknown>), compiled],
  ];
  const produced = planDocument(
    '0',
    ['before.json', 'after.json'],
    pairs.map(([before, after]) => ({ before, after })),
  );
  const all = fieldsOf(produced);
  const fields = new Set(all.map(([field]) => field));

  it('names every field of documents that have everything', () => {
    const described = document('plan-json.md');
    expect(fields.size).toBeGreaterThan(90);
    const named = (field: string) => new RegExp(`\`${field}(\\[\\])?\``).test(described);
    expect([...fields].filter(field => !named(field))).toEqual([]);
  });

  it('and these have everything: no field is null in all of them', () => {
    const filled = new Set(all.filter(([, holds]) => holds !== null).map(([field]) => field));
    expect([...fields].filter(field => !filled.has(field))).toEqual([]);
  });

  it('names no field that there is not', () => {
    const described = document('plan-json.md').split('\n');
    const columns = described.flatMap(line => /^\| (`.*?) \|/.exec(line)?.[1] ?? []);
    const names = columns.flatMap(column =>
      [...column.matchAll(/`(\w+)(?:\[\])?`/g)].map(([, name]) => name),
    );
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter(name => !fields.has(name ?? ''))).toEqual([]);
  });
});
