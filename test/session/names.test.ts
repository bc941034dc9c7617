import { describe, expect, it } from 'vitest';
import { atOnce } from '../../src/base/steps.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { SessionNames } from '../../src/session/names.ts';
import { namesIn, proposalSteps } from '../../src/session/owners.ts';
import type { Statement } from '../../src/workload/workload.ts';

const index: Statement = {
  kind: 'create-index',
  sql: 'CREATE INDEX i ON orders (n)',
  line: 1,
  creates: 'i',
  createsAt: [13, 14],
  createsSchema: undefined,
  on: 'orders',
};

/** What the server would send to a session of this token: its own index name and schema, a literal that looks alike. */
function planOf(token: string, literal: string) {
  const names = new SessionNames(token);
  const real = names.real(index);
  const node = (type: string, more: object, ...plans: object[]) => ({
    'Node Type': type,
    ...more,
    Plans: plans,
  });
  const explained = [
    {
      Settings: { search_path: `${names.schema}, public`, work_mem: '500MB' },
      Plan: node(
        'Nested Loop',
        { 'Join Filter': `(stats.id = o.id) AND (o.note <> '${literal}')` },
        node('Seq Scan', {
          'Relation Name': 'stats',
          Alias: 'stats',
          Schema: names.schema,
          Filter: '(stats.n > 1)',
        }),
        node('Index Scan', { 'Index Name': real, 'Relation Name': 'orders', Alias: 'o', Schema: 'public' }),
      ),
    },
  ];
  return { plan: parsePlan(atOnce(names.cleanSteps(explained))), real, names };
}

describe('names of a session', () => {
  it('are taken out of a plan of 10,000 levels', () => {
    const names = new SessionNames('aaaaaaaa');
    const real = names.real(index);
    let plan: object = {
      'Node Type': 'Index Scan',
      'Index Name': real,
      'Relation Name': 'orders',
      Schema: 'public',
    };
    for (let level = 1; level < 10_000; level++) plan = { 'Node Type': 'Limit', Plans: [plan] };
    const explained = [{ Plan: plan }];
    const owners = new Map([[`public.${real}`, ['p']]]);
    expect(atOnce(proposalSteps(explained, owners))).toEqual(['p']);
    expect(namesIn(explained, [real, 'other'])).toEqual(new Set([real]));
    expect(flattenPlan(parsePlan(atOnce(names.cleanSteps(explained)))).at(-1)?.index).toBe('i');
  });

  it("a plan shows the proposal's own, and leaves literals alone", () => {
    const literal = 'i~aaaaaaaa0';
    const { plan, real } = planOf('aaaaaaaa', literal);
    expect(real).toBe(literal);
    const [view, table] = plan.root.children;
    expect(view).toMatchObject({
      relation: 'stats',
      alias: 'stats',
      schema: undefined,
      label: 'Seq Scan on stats',
    });
    expect(view?.details).toEqual([{ key: 'Filter', value: '(stats.n > 1)' }]);
    expect(table).toMatchObject({ index: 'i', schema: 'public', label: 'Index Scan using i on orders o' });
    expect(plan.root.details).toEqual([
      { key: 'Join Filter', value: `(stats.id = o.id) AND (o.note <> '${literal}')` },
    ]);
    expect(plan.settings).toEqual({ work_mem: '500MB' });
    expect(table?.raw).not.toHaveProperty('Schema', 'pgopt_aaaaaaaa');
  });

  it('the fingerprint is the same in two sessions, and differs when the query does', () => {
    const { plan } = planOf('aaaaaaaa', 'x');
    expect(planOf('bbbbbbbb', 'x').plan.fingerprint).toBe(plan.fingerprint);
    expect(planOf('bbbbbbbb', 'y').plan.fingerprint).not.toBe(plan.fingerprint);
  });

  it('the created name stands in the statement, quoted', () => {
    const { names, real } = planOf('aaaaaaaa', 'x');
    expect(names.rewrite(index)).toBe(`CREATE INDEX "${real}" ON orders (n)`);
  });
});
