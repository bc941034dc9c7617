/** What scripts read: `plan --json`. docs/plan-json.md is checked in test/plan/docs.test.ts. */
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { PLAN_FORMAT_VERSION, planDocument } from '../../src/report/planModel.ts';
import { allFixtures, fixture, fixtureNames, node, planOf, ran } from '../plan/plans.ts';
import { CITUS, chain } from './plans.ts';

type Document = ReturnType<typeof planDocument>;

const documentOf = (...statements: Parameters<typeof planDocument>[2]): Document =>
  planDocument('0', ['a', 'b'], statements);

/** JSON.stringify leaves out undefined and turns NaN into null: neither must be in it. */
function sameAsJson(document: Document): void {
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
}

function onlyPlan(document: Document) {
  const plan = document.statements[0]?.before;
  if (plan === undefined || plan === null) throw new Error('no plan in the document');
  return plan;
}

describe('planDocument', () => {
  it('says what it is', () => {
    const plan = fixture('15/seq-scan.analyzed');
    expect(documentOf({ before: plan, after: undefined })).toMatchObject({
      format: 'pgopt-explore/plan',
      version: PLAN_FORMAT_VERSION,
      program: '0',
      files: ['a', 'b'],
      statements: [{ after: null, difference: null }],
    });
    expect(documentOf({ before: undefined, after: plan }).statements[0]).toMatchObject({
      before: null,
      difference: null,
    });
    expect(documentOf().statements).toEqual([]);
  });

  it('is JSON, of every recorded plan', () => {
    for (const name of allFixtures()) {
      const plan = fixture(name);
      const document = documentOf({ before: plan, after: plan });
      expect(JSON.parse(JSON.stringify(document)), name).toEqual(document);
    }
  });

  it('has every node in plan order, with its parent before it', () => {
    const plan = fixture('15/cte-twice.analyzed');
    const { nodes } = onlyPlan(documentOf({ before: plan, after: undefined }));
    expect(nodes.map(({ label }) => label)).toEqual(flattenPlan(plan).map(({ label }) => label));
    expect(nodes.map(({ id }) => id)).toEqual(nodes.map((_, index) => index));
    expect(nodes.map(({ parent }) => parent)).toEqual([null, 0, 1, 0, 3, 0, 5]);
    expect(nodes.map(({ depth }) => depth)).toEqual([0, 1, 2, 1, 2, 1, 2]);
  });

  it('says null for what is not known, never zero', () => {
    const bare = onlyPlan(documentOf({ before: planOf(node('Seq Scan')), after: undefined }));
    expect(bare).toMatchObject({ analyzed: false, timed: false, planningMs: null, executionMs: null });
    expect(bare.nodes[0]).toMatchObject({
      parent: null,
      startupCost: null,
      totalCost: null,
      estimatedRowsPerLoop: null,
      estimatedRows: null,
      width: null,
      executed: null,
      rows: null,
      inclusiveMs: null,
      buffers: null,
      misestimate: null,
      memoryBytes: null,
    });
    const untimed = onlyPlan(documentOf({ before: fixture('15/timing-off.analyzed'), after: undefined }));
    expect(untimed).toMatchObject({ analyzed: true, timed: false });
    expect(untimed.nodes.map(({ inclusiveMs }) => inclusiveMs)).toEqual([null, null, null, null]);
    const never = onlyPlan(documentOf({ before: fixture('15/never-executed.analyzed'), after: undefined }));
    expect(never.nodes.map(({ executed }) => executed)).toEqual([true, true, false, false]);
  });

  it('sums the memory of its nodes', () => {
    const { memory, nodes } = onlyPlan(
      documentOf({ before: fixture('15/cte-twice.analyzed'), after: undefined }),
    );
    const held = nodes.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0);
    expect(memory.heldBytes).toBe(held);
    expect(held).toBeGreaterThan(2257 * 1024);
  });

  it('tells of a finding which node it is about', () => {
    const { findings, nodes } = onlyPlan(
      documentOf({ before: fixture('15/sort-on-disk.analyzed'), after: undefined }),
    );
    expect(findings).toMatchObject([{ rule: 'spill', severity: 'warning', node: 0, label: 'Sort' }]);
    expect(nodes[findings[0]?.node ?? -1]?.label).toBe('Sort');
  });

  it('keeps apart what other servers did', () => {
    const { nodes, memory } = onlyPlan(documentOf({ before: parsePlan(CITUS), after: undefined }));
    expect(nodes.filter(({ apart }) => apart).map(({ label }) => label)).toEqual([
      'Limit',
      'HashAggregate',
      'HashAggregate',
    ]);
    // 40 ms on a worker are none of the coordinator's 32.
    const own = nodes
      .filter(({ executed }) => executed)
      .reduce((sum, one) => sum + (one.exclusiveMs ?? 0), 0);
    expect(own).toBeCloseTo(32 + 3 + 25 + 21, 3);
    // The Sort's alone.
    expect(memory.heldBytes).toBe(25 * 1024);
  });
});

describe('the difference', () => {
  it.each(fixtureNames('before'))('%s: partners are mutual, and changes are of nodes', name => {
    const before = fixture(`15/${name}.before`);
    const after = fixture(`15/${name}.after`);
    const document = documentOf({ before, after });
    sameAsJson(document);
    const difference = document.statements[0]?.difference;
    if (difference === undefined || difference === null) throw new Error('no difference');
    expect(difference.samePlan).toBe(false);
    expect(difference.unit).toBe('cost');
    expect(difference.before.length).toBe(flattenPlan(before).length);
    expect(difference.after.length).toBe(flattenPlan(after).length);
    for (const { id, partner, status } of difference.before) {
      if (partner === null) expect(status).toBe('removed');
      else expect(difference.after[partner]?.partner).toBe(id);
    }
    const sizes = difference.changes.map(({ delta }) => Math.abs(delta));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });

  it('of the same plan has no changes but counts cosmetic ones', () => {
    const plan = (cost: number) => planOf(node('Seq Scan', { 'Total Cost': cost, 'Plan Rows': 1 }));
    expect(documentOf({ before: plan(1), after: plan(2) }).statements[0]?.difference).toMatchObject({
      samePlan: true,
      cosmetic: 1,
      changes: [],
    });
  });

  it('is in ms where both have times', () => {
    const timed = planOf(ran('Seq Scan', 1, 1));
    const untimed = planOf(node('Seq Scan'));
    const unit = (before: typeof timed, after: typeof timed) =>
      documentOf({ before, after }).statements[0]?.difference?.unit;
    expect([unit(timed, timed), unit(timed, untimed)]).toEqual(['ms', 'cost']);
  });
});

describe('a plan of 2,000 levels', () => {
  it('is JSON of a few levels', () => {
    const before = parsePlan([{ Plan: chain(2_000) }]);
    const after = parsePlan([{ Plan: chain(2_000, { Filter: '(n > 1)' }) }]);
    const text = JSON.stringify(documentOf({ before, after }));
    const document = JSON.parse(text) as Document;
    expect(onlyPlan(document).nodes.length).toBe(2_000);
    expect(document.statements[0]?.difference?.changes.length).toBe(1);
    expect(text).not.toContain('"Plans"');
  });
});
