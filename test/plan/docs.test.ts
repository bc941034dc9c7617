import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/plan/findings/rules.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planDocument } from '../../src/report/planModel.ts';
import { columnNames, namesIn, readDocument } from '../helpers/documents.ts';
import { CITUS } from '../report/plans.ts';
import { fixture, planOf, ran } from './plans.ts';

describe('docs/findings.md', () => {
  it('has one line a rule', () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const lines = readDocument('docs/findings.md').match(/^`[a-z-]+` \|.*$/gm) ?? [];
    expect(lines.map(line => /`([a-z-]+)`/.exec(line)?.[1])).toEqual(names);
    expect(lines.filter(line => line.replaceAll('\\|', '').split('|').length !== 3)).toEqual([]);
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
    const named = namesIn(readDocument('docs/plan-json.md'));
    expect(fields.size).toBeGreaterThan(90);
    expect([...fields].filter(field => !named.has(field))).toEqual([]);
  });

  it('and these have everything: no field is null in all of them', () => {
    const filled = new Set(all.filter(([, holds]) => holds !== null).map(([field]) => field));
    expect([...fields].filter(field => !filled.has(field))).toEqual([]);
  });

  it('names no field that there is not', () => {
    const names = columnNames(readDocument('docs/plan-json.md'));
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter(name => !fields.has(name))).toEqual([]);
  });
});
