/** Plans for tests: hand-written nodes, recorded ones, and random ones with times that agree with each other. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  HAND_CHECKED,
  HAND_CHECKED_MAJOR,
  HAND_CHECKED_PAIRS,
} from '../../scripts/plan-fixtures/handChecked.ts';
import { recordedFile } from '../../scripts/plan-fixtures/recorded.ts';
import { parsePlan } from '../../src/plan/parse.ts';
import type { NodeActuals, Plan, PlanNode } from '../../src/plan/plan.ts';
import { flattenPlan } from '../../src/plan/tree.ts';

export type Raw = Record<string, unknown>;

/** A folder for each major version, made by scripts/make-plan-fixtures.ts. */
const FOLDER = new URL('../fixtures/plans/', import.meta.url);

/** @param name `seq-scan.estimated`, of PostgreSQL 15 where the folder is not named; `18/seq-scan.estimated` of 18. */
export function fixtureText(name: string, type: 'json' | 'txt' = 'json'): string {
  const [major, file] = name.includes('/') ? name.split('/') : [HAND_CHECKED_MAJOR, name];
  return readFileSync(recordedFile(Number(major), `${file}.${type}`), 'utf8');
}

export function fixture(name: string): Plan {
  return parsePlan(fixtureText(name));
}

/** The hand-checked cases of PostgreSQL 15. */
export function fixtureNames(suffix: string): readonly string[] {
  const names = readdirSync(new URL(`${HAND_CHECKED_MAJOR}/`, FOLDER))
    .filter(file => file.endsWith(`.${suffix}.json`))
    .map(file => file.slice(0, -`.${suffix}.json`.length));
  return names.filter(name => HAND_CHECKED.includes(name) || HAND_CHECKED_PAIRS.includes(name));
}

/** Every fixture of every major version that differs from the version before: `18/seq-scan.estimated`, … */
export function allFixtures(type: 'json' | 'txt' = 'json'): readonly string[] {
  return readdirSync(FOLDER).flatMap(major =>
    readdirSync(new URL(`${major}/`, FOLDER))
      .filter(file => file.endsWith(`.${type}`))
      .map(file => `${major}/${file.slice(0, -`.${type}`.length)}`),
  );
}

/** As `allFixtures`, where the text or the JSON differs. */
export function allPairs(): readonly string[] {
  return [...new Set([...allFixtures('txt'), ...allFixtures('json')])].filter(name =>
    (['txt', 'json'] as const).every(type => recordedFor(name, type)),
  );
}

function recordedFor(name: string, type: 'json' | 'txt'): boolean {
  const [major, file] = name.split('/');
  return existsSync(recordedFile(Number(major), `${file}.${type}`));
}

/** A node's raw JSON: `node('Seq Scan', { 'Actual Loops': 3 }, child, child)`. */
export function node(type: string, fields: Raw = {}, ...children: Raw[]): Raw {
  const plans = children.map((child, i) => ({
    'Parent Relationship': i === 0 ? 'Outer' : 'Inner',
    ...child,
  }));
  return { 'Node Type': type, ...fields, ...(plans.length > 0 ? { Plans: plans } : {}) };
}

/** As `node`, executed: ms and loops as EXPLAIN prints them, per loop. */
export function ran(type: string, ms: number, loops: number, fields: Raw = {}, ...children: Raw[]): Raw {
  const actual = {
    'Actual Startup Time': 0,
    'Actual Total Time': ms,
    'Actual Rows': 1,
    'Actual Loops': loops,
  };
  return node(type, { ...actual, ...fields }, ...children);
}

/** One worker's figures, as VERBOSE lists them. */
export function worker(number: number, ms: number, loops = 1): Raw {
  return {
    'Worker Number': number,
    'Actual Startup Time': 0,
    'Actual Total Time': ms,
    'Actual Rows': 1,
    'Actual Loops': loops,
  };
}

export function planOf(root: Raw, statement: Raw = {}): Plan {
  return parsePlan([{ Plan: root, ...statement }]);
}

export function actual(found: PlanNode): NodeActuals {
  if (found.actual === undefined) throw new Error(`${found.label} was not executed with ANALYZE`);
  return found.actual;
}

/** The first node of that label or type, or with that subplan name. */
export function find(plan: Plan, name: string): PlanNode {
  const found = flattenPlan(plan).find(
    ({ label, nodeType, subplanName }) => label === name || nodeType === name || subplanName === name,
  );
  if (found === undefined) throw new Error(`no ${name} in the plan`);
  return found;
}

/** label → exclusive ms of every node, rounded to a microsecond. */
export function exclusiveMs(plan: Plan): Record<string, number> {
  return Object.fromEntries(
    flattenPlan(plan).map(found => [
      found.label,
      Math.round(1000 * (actual(found).exclusiveMs ?? Number.NaN)) / 1000,
    ]),
  );
}

const TYPES = ['Hash Join', 'Nested Loop', 'Sort', 'Aggregate', 'Gather', 'Append', 'Hash', 'Custom Thing'];

/** Any tree, with figures that need not agree with each other: whatever it is, the plan must be sane. */
export const anyTree: fc.Arbitrary<Raw> = fc.letrec<{ tree: Raw }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ table: fc.constantFrom('a', 'b', 'c'), figures: figures() }).map(({ table, figures }) => ({
      'Node Type': 'Seq Scan',
      'Relation Name': table,
      Alias: table,
      ...figures,
    })),
    fc.record({ figures: figures(), name: fc.constantFrom('x', 'y') }).map(({ figures, name }) => ({
      'Node Type': 'CTE Scan',
      'CTE Name': name,
      Alias: name,
      ...figures,
    })),
    fc
      .record({
        type: fc.constantFrom(...TYPES),
        figures: figures(),
        children: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
        role: fc.constantFrom(
          undefined,
          'CTE x',
          'CTE y',
          'InitPlan 1 (returns $0)',
          'InitPlan 10 (returns $10)',
        ),
        condition: fc.constantFrom(undefined, '(a.n > $0)', '(a.n > $10)'),
        launched: fc.integer({ min: 0, max: 4 }),
      })
      .map(({ type, figures, children, role, condition, launched }) => ({
        'Node Type': type,
        ...figures,
        ...(type === 'Gather' ? { 'Workers Planned': launched, 'Workers Launched': launched } : {}),
        ...(condition === undefined ? {} : { Filter: condition }),
        Plans: children.map((child, i) => ({
          ...child,
          ...(i === 0 && role !== undefined
            ? { 'Subplan Name': role, 'Parent Relationship': 'InitPlan' }
            : { 'Parent Relationship': i === 1 ? 'Inner' : 'Outer' }),
        })),
      })),
  ),
})).tree;

function figures(): fc.Arbitrary<Raw> {
  return fc
    .record({
      ms: fc.double({ min: 0, max: 1e5, noNaN: true }),
      loops: fc.integer({ min: 0, max: 1000 }),
      blocks: fc.nat(10_000),
      cost: fc.double({ min: 0, max: 1e6, noNaN: true }),
      workers: fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { maxLength: 3 }),
    })
    .map(({ ms, loops, blocks, cost, workers }) => ({
      'Total Cost': cost,
      'Plan Rows': loops,
      'Actual Total Time': ms,
      'Actual Rows': 3,
      'Actual Loops': loops,
      'Shared Hit Blocks': blocks,
      ...(workers.length > 0 ? { Workers: workers.map((time, i) => worker(i, time)) } : {}),
    }));
}
