import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { actual, allFixtures, fixture, planOf, type Raw, ran } from './plans.ts';

const root = ran('ModifyTable', 10, 1, {}, ran('Seq Scan', 4, 1));
const statementOf = (statement: Raw): Plan['statement'] => planOf(root, statement).statement;

describe('triggers', () => {
  it('have a name, a table, a time and calls', () => {
    expect(
      statementOf({
        Triggers: [
          { 'Trigger Name': 'audit', Relation: 'orders', Time: 12.345, Calls: 100 },
          {
            'Trigger Name': 'RI_ConstraintTrigger_c_16413',
            'Constraint Name': 'orders_customer_id_fkey',
            Relation: 'orders',
            Time: 3,
            Calls: 7,
          },
        ],
      }).triggers,
    ).toEqual([
      { name: 'audit', constraint: false, relation: 'orders', ms: 12.345, calls: 100 },
      // The constraint's name tells more than RI_ConstraintTrigger_c_16413.
      { name: 'orders_customer_id_fkey', constraint: true, relation: 'orders', ms: 3, calls: 7 },
    ]);
  });

  it('with TIMING OFF have no time, which is not 0 ms', () => {
    expect(statementOf({ Triggers: [{ 'Trigger Name': 'audit', Calls: 2 }] }).triggers).toEqual([
      { name: 'audit', constraint: false, relation: undefined, ms: undefined, calls: 2 },
    ]);
  });

  it('are no part of any node', () => {
    const plan = planOf(root, {
      Triggers: [{ 'Trigger Name': 'audit', Time: 500, Calls: 1 }],
      'Execution Time': 511,
    });
    expect(actual(plan.root).inclusiveMs).toBe(10);
    expect(actual(plan.root).exclusiveMs).toBe(6);
    expect(plan.executionMs).toBe(511);
  });

  it.each([[undefined], [null], [[]], ['x'], [[null, 1, 'x']]])('%j are none', Triggers => {
    expect(statementOf({ Triggers }).triggers).toEqual([]);
  });

  it('of recorded plans are read', () => {
    const { triggers } = fixture('18/trigger-foreign-key.analyzed').statement;
    expect(triggers.length).toBeGreaterThan(0);
    for (const { name, ms, calls } of triggers) {
      expect(name).not.toBe('?');
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(calls).toBeGreaterThan(0);
    }
  });
});

describe('JIT', () => {
  const options = { Inlining: true, Optimization: true, Expressions: true, Deforming: true };

  it('up to 16: Total is the sum, and ours is the total', () => {
    const timing = { Generation: 1.5, Inlining: 10, Optimization: 50, Emission: 30, Total: 91.5 };
    expect(statementOf({ JIT: { Functions: 12, Options: options, Timing: timing } }).jit).toEqual({
      functions: 12,
      ms: 91.5,
      generationMs: 1.5,
      inliningMs: 10,
      optimizationMs: 50,
      emissionMs: 30,
    });
  });

  it('from 17 Generation has a part of its own, which is in its total already', () => {
    const timing = {
      Generation: { Deform: 0.5, Total: 1.5 },
      Inlining: 10,
      Optimization: 50,
      Emission: 30,
      Total: 91.5,
    };
    expect(statementOf({ JIT: { Functions: 12, Options: options, Timing: timing } }).jit).toMatchObject({
      ms: 91.5,
      generationMs: 1.5,
    });
  });

  it('with TIMING OFF has functions only; without JIT nothing', () => {
    expect(statementOf({ JIT: { Functions: 12, Options: options } }).jit).toEqual({
      functions: 12,
      ms: undefined,
    });
    expect(statementOf({}).jit).toBeUndefined();
    expect(statementOf({ JIT: null }).jit).toBeUndefined();
  });
});

describe('serialization (17)', () => {
  it('has its time and kilobytes', () => {
    // 3 kB = 3 × 1024 bytes
    const one = statementOf({
      Serialization: { Time: 4.25, 'Output Volume': 3, Format: 'text' },
    }).serialization;
    expect(one).toEqual({ ms: 4.25, bytes: 3072 });
  });

  it('without timing has its bytes', () => {
    expect(statementOf({ Serialization: { 'Output Volume': 0, Format: 'binary' } }).serialization).toEqual({
      ms: undefined,
      bytes: 0,
    });
  });

  it('is in the recorded plans of 17 and 18', () => {
    for (const major of [17, 18]) {
      expect(fixture(`${major}/serialize.analyzed`).statement.serialization?.ms).toBeGreaterThan(0);
      const untimed = fixture(`${major}/serialize-no-timing.analyzed`).statement.serialization;
      expect(untimed?.bytes).toBeGreaterThan(0);
      expect(untimed?.ms).toBeUndefined();
    }
  });
});

describe('planning', () => {
  it('has blocks and, from 17, memory', () => {
    const one = statementOf({
      Planning: {
        'Shared Hit Blocks': 120,
        'Shared Read Blocks': 3,
        'Memory Used': 29,
        'Memory Allocated': 32,
      },
      'Planning Time': 1.5,
    });
    expect(one.planningBuffers).toMatchObject({ sharedHit: 120, sharedRead: 3, tempRead: 0 });
    expect(one.planningBytes).toBe(29 * 1024);
  });

  it('blocks are not the root’s', () => {
    const plan = planOf(ran('Sort', 1, 1, { 'Shared Hit Blocks': 5 }), {
      Planning: { 'Shared Hit Blocks': 120 },
    });
    expect(actual(plan.root).exclusiveBuffers?.sharedHit).toBe(5);
    expect(plan.statement.planningBuffers?.sharedHit).toBe(120);
  });

  it('of a plan without either is undefined', () => {
    const one = statementOf({ 'Planning Time': 1.5 });
    expect([one.planningBuffers, one.planningBytes]).toEqual([undefined, undefined]);
    expect(statementOf({ Planning: { 'Memory Used': 1 } }).planningBuffers).toBeUndefined();
  });

  it('is there in the recorded plans', () => {
    expect(fixture('18/planning-buffers.analyzed').statement.planningBuffers).toBeDefined();
    expect(fixture('13/planning-buffers.analyzed').statement.planningBuffers).toBeDefined();
  });
});

describe('times of the whole', () => {
  it('Execution Time excludes planning', () => {
    const plan = planOf(root, { 'Planning Time': 2, 'Execution Time': 11 });
    expect([plan.planningMs, plan.executionMs]).toEqual([2, 11]);
  });

  it('Total Runtime was its name up to 9.3', () => {
    const plan = planOf(root, { 'Total Runtime': 11.5 });
    expect([plan.planningMs, plan.executionMs]).toEqual([undefined, 11.5]);
    expect(plan.statement.other).toEqual([]);
  });

  it('0 ms is a time', () => {
    expect(planOf(root, { 'Execution Time': 0, 'Total Runtime': 5 }).executionMs).toBe(0);
  });
});

describe('everything else', () => {
  it('is kept in the server’s words and order, and said once', () => {
    const { other } = statementOf({
      'Query Identifier': '-5184827403123471212',
      'Query Text': 'SELECT 1',
      Settings: { work_mem: '1MB' },
      'Some New Thing': { a: 1 },
      'Planning Time': 1,
    });
    expect(other).toEqual([
      { key: 'Query Identifier', value: '-5184827403123471212' },
      { key: 'Some New Thing', value: 'a: 1' },
    ]);
  });

  it('in no recorded plan is negative or not a number', () => {
    for (const name of allFixtures()) {
      const { triggers, jit, serialization, planningBuffers, planningBytes } = fixture(name).statement;
      const figures = [
        ...triggers.flatMap(({ ms, calls }) => [ms, calls]),
        ...Object.values({ ...jit, ...serialization, ...planningBuffers }),
        planningBytes,
      ];
      for (const figure of figures) {
        if (figure === undefined) continue;
        expect(figure >= 0 && Number.isFinite(figure), `${name}: ${figure}`).toBe(true);
      }
    }
  });
});
