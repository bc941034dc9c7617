/** What must hold of any plan, over every recorded one of PostgreSQL 13 to 18 (scripts/make-plan-fixtures.ts makes them). */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasCase, MAJORS } from '../../scripts/plan-fixtures/case.ts';
import { CASES } from '../../scripts/plan-fixtures/cases.ts';
import { checkSame } from '../../scripts/plan-fixtures/check.ts';
import { HAND_CHECKED_MAJOR, HAND_CHECKED_PAIRS } from '../../scripts/plan-fixtures/handChecked.ts';
import { FOLDER, recordedFile } from '../../scripts/plan-fixtures/recorded.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import type { Buffers, Plan, PlanNode } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';
import { allFixtures, fixtureText, type Raw } from './plans.ts';

interface Statement {
  /** `18/rule-two-statements.analyzed #2`. */
  readonly name: string;
  readonly root: Raw;
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
}

/** Every statement with a plan, also the second one that a rule made. */
const statements: readonly Statement[] = allFixtures().flatMap(fixture => {
  const list: readonly (string | { readonly Plan: Raw })[] = JSON.parse(fixtureText(fixture));
  return list.flatMap((statement, i) => {
    if (typeof statement === 'string') return [];
    const plan = parsePlan([statement]);
    const name = i === 0 ? fixture : `${fixture} #${i + 1}`;
    return [{ name, root: statement.Plan, plan, nodes: flattenPlan(plan) }];
  });
});

/** What is wrong with which fixture, all of it at once. */
function wrong(look: (statement: Statement) => readonly string[]): readonly string[] {
  return statements.flatMap(statement => look(statement).map(what => `${statement.name}: ${what}`));
}

function rawNodes(raw: Raw): readonly Raw[] {
  const { Plans: children = [] } = raw as { readonly Plans?: readonly Raw[] };
  return [raw, ...children.flatMap(rawNodes)];
}

/** Every kind of block: each occurs in some fixture. */
const KINDS: readonly (keyof Buffers)[] = [
  'localDirtied',
  'localHit',
  'localRead',
  'localWritten',
  'sharedDirtied',
  'sharedHit',
  'sharedRead',
  'sharedWritten',
  'tempRead',
  'tempWritten',
];

/** EXPLAIN rounds the average of a node's loops to a thousandth of a ms: what its total may be off by. */
const ROUNDING_MS = 0.0005;

/** The root, and the CTEs without a reader: PostgreSQL runs those, if they write, after the plan itself. */
function wholes(nodes: readonly PlanNode[]): readonly PlanNode[] {
  const read = new Set(
    nodes.filter(({ nodeType }) => nodeType === 'CTE Scan').map(({ raw }) => `CTE ${raw['CTE Name']}`),
  );
  return nodes.filter(
    ({ id, subplanName = '' }) => id === 0 || (subplanName.startsWith('CTE ') && !read.has(subplanName)),
  );
}

/** A CTE or an InitPlan that reads no other one: nothing in it is paid for elsewhere, and it pays for nothing else. */
function standsAlone(root: PlanNode): boolean {
  if (!/^(?:CTE|InitPlan) /.test(root.subplanName ?? '')) return false;
  return flattenPlan({ root } as Plan).every(({ id, nodeType, raw }) => {
    const { 'Subplan Name': name, ...rest } = raw;
    return (
      nodeType !== 'CTE Scan' &&
      (id === root.id || name === undefined) &&
      !/InitPlan \d|\$\d/.test(JSON.stringify(rest))
    );
  });
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce((total: number, value) => total + (value ?? 0), 0);
}

describe('recorded plans', () => {
  it('are all there', () => {
    expect(MAJORS).toEqual([13, 14, 15, 16, 17, 18]);
    expect(CASES.length).toBe(126);
    for (const major of MAJORS) {
      const expected = CASES.filter(one => hasCase(one, major)).flatMap(({ name, analyze }) =>
        (analyze === false ? ['estimated'] : ['estimated', 'analyzed']).flatMap(kind => [
          `${name}.${kind}.json`,
          `${name}.${kind}.txt`,
        ]),
      );
      const pairs = HAND_CHECKED_PAIRS.flatMap(name => [`${name}.before.json`, `${name}.after.json`]);
      const all = [...expected, ...(major === HAND_CHECKED_MAJOR ? pairs : [])];
      expect(all.filter(name => !existsSync(recordedFile(major, name)))).toEqual([]);
      const there = readdirSync(new URL(`${major}/`, FOLDER));
      expect(there.filter(name => !all.includes(name))).toEqual([]);
    }
  });

  it('have as many nodes as text', () => {
    for (const name of allFixtures('txt'))
      checkSame(name, { json: fixtureText(name), text: fixtureText(name, 'txt') });
  });
});

describe('parsePlan', () => {
  it('takes a file of several statements', () => {
    for (const name of allFixtures()) expect(() => parsePlan(fixtureText(name)), name).not.toThrow();
    expect(statements.filter(({ name }) => name.includes('#')).length).toBeGreaterThan(0);
  });

  it('keeps every node, in the order of the server', () => {
    const types = (list: readonly Raw[]) => list.map(raw => raw['Node Type']).join(' ');
    expect(
      wrong(({ root, nodes }) => {
        const [server, ours] = [types(rawNodes(root)), types(nodes.map(({ raw }) => raw))];
        return server === ours ? [] : [`${server} became ${ours}`];
      }),
    ).toEqual([]);
  });

  it('gives no figure that no figure can be', () => {
    const bad = (holder: object | undefined, path: string): readonly string[] =>
      Object.entries(holder ?? {}).flatMap(([key, value]) => {
        if (typeof value === 'number')
          return value >= 0 && Number.isFinite(value) ? [] : [`${path}${key} ${value}`];
        const nested = ['actual', 'buffers', 'exclusiveBuffers'].includes(key);
        return nested && typeof value === 'object' ? bad(value, `${path}${key}.`) : [];
      });
    expect(
      wrong(({ plan, nodes }) => [...bad(plan, ''), ...nodes.flatMap(node => bad(node, `${node.label} `))]),
    ).toEqual([]);
  });

  it('tells a node that was never executed', () => {
    const never = statements.flatMap(({ nodes }) => nodes.filter(({ raw }) => raw['Actual Loops'] === 0));
    expect(never.length).toBeGreaterThan(0);
    expect(
      wrong(({ nodes }) =>
        nodes.flatMap(({ label, raw, actual }) =>
          actual === undefined || actual.executed === (raw['Actual Loops'] !== 0) ? [] : [label],
        ),
      ),
    ).toEqual([]);
  });
});

describe('the parts make the whole', () => {
  it('in time, as far as EXPLAIN says it', () => {
    const timed = statements.filter(({ plan }) => plan.timed);
    expect(timed.length).toBeGreaterThan(0);
    expect(
      wrong(({ plan, nodes }) => {
        if (!plan.timed) return [];
        const parts = sum(nodes.map(({ actual }) => actual?.exclusiveMs));
        const whole = sum(wholes(nodes).map(({ actual }) => actual?.inclusiveMs));
        const rounding = ROUNDING_MS * sum(nodes.map(({ actual }) => actual?.loops));
        return Math.abs(parts - whole) <= rounding ? [] : [`${parts} of ${whole} ± ${rounding} ms`];
      }),
    ).toEqual([]);
  });

  it('in blocks of each kind', () => {
    const fields = new Set<keyof Buffers>();
    const found = wrong(({ plan, nodes }) =>
      (Object.keys(plan.root.actual?.buffers ?? {}) as (keyof Buffers)[]).flatMap(field => {
        const parts = sum(nodes.map(({ actual }) => actual?.exclusiveBuffers?.[field]));
        const whole = sum(wholes(nodes).map(({ actual }) => actual?.buffers?.[field]));
        if (whole > 0) fields.add(field);
        // A CTE's blocks are divided between its readers: fractions, whose sum may miss by the last bits.
        return Math.abs(parts - whole) <= whole * nodes.length * Number.EPSILON
          ? []
          : [`${field} ${parts} of ${whole}`];
      }),
    );
    expect(found).toEqual([]);
    expect([...fields].sort()).toEqual(KINDS);
  });

  it('also in each CTE and InitPlan: its reader pays for all of it', () => {
    let count = 0;
    const found = wrong(({ nodes }) =>
      nodes.filter(standsAlone).flatMap(root => {
        count++;
        const inside = flattenPlan({ root } as Plan);
        const ms = sum(inside.map(({ actual }) => actual?.exclusiveMs));
        const rounding = ROUNDING_MS * sum(nodes.map(({ actual }) => actual?.loops));
        const hits = sum(inside.map(({ actual }) => actual?.exclusiveBuffers?.sharedHit));
        const { inclusiveMs = ms, buffers } = root.actual ?? {};
        return [
          ...(Math.abs(ms - inclusiveMs) <= rounding
            ? []
            : [`${root.subplanName} ${ms} of ${inclusiveMs} ms`]),
          ...(Math.abs(hits - (buffers?.sharedHit ?? 0)) < 0.001
            ? []
            : [`${root.subplanName} ${hits} of ${buffers?.sharedHit} blocks`]),
        ];
      }),
    );
    expect(count).toBeGreaterThan(0);
    expect(found).toEqual([]);
  });
});
