/** schema/workload.json: budgets, settings, rows in production, calls per day. */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { PgoptError } from '../base/errors.ts';
import { locationAt } from '../base/location.ts';
import type { CallsEntry } from './calls.ts';
import { objectionTo, type SettingChoice } from './plannerSettings.ts';
import { Problems } from './problems.ts';
import { parseBytes, parseDuration } from './units.ts';
import type { Budgets } from './workload.ts';

const TOP = new Set([
  '$schema',
  'title',
  'budgets',
  'settings',
  'production_rows',
  'production_distinct',
  'calls_a_day',
]);
const BUDGET_KEYS = new Set([
  'storage',
  'large_table_rows',
  'work_mem',
  'query_target',
  'timeout',
  'comparison_timeout',
]);

const ANY = { least: 0, most: Number.POSITIVE_INFINITY, say: '' };
/** The server's limits of work_mem, in bytes. */
const WORK_MEM = { least: 64 * 1024, most: 2_147_483_647 * 1024, say: '64 kB to 2147483647 kB' };
/**
 * ms. statement_timeout is an int of ms in which 0 means none, and the run that times each node gets twice this time.
 */
const TIMEOUT = { least: 1, most: 24 * 3_600_000, say: '1 ms to 24 h' };

interface WorkloadFile {
  readonly title: string;
  readonly budgets: Budgets;
  readonly settings: readonly SettingChoice[];
  /** Not yet checked against the queries. */
  readonly calls: readonly CallsEntry[];
}

/** @throws PgoptError 'workload-invalid' with file, line and caret for every wrong key and value */
export function parseBudgets(file: string, text: string): WorkloadFile {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [syntax] = errors;
  const refuse = (offset: number, message: string, next: string) =>
    new PgoptError('workload-invalid', message, { location: locationAt(file, text, offset), next });
  if (syntax !== undefined) {
    const what = printParseErrorCode(syntax.error)
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase();
    throw refuse(syntax.offset, `not valid JSON: ${what}`, 'correct it here');
  }
  const problems = new Problems();
  if (root?.type !== 'object') throw refuse(0, 'expected an object', 'see schema/workload.json of the demo');

  const members = (node: Node | undefined, allowed?: ReadonlySet<string>): [string, Node, Node][] =>
    (node?.children ?? []).flatMap(property => {
      const [key, value] = property.children ?? [];
      if (key === undefined || value === undefined) return [];
      const name = String(key.value);
      if (allowed !== undefined && !allowed.has(name)) {
        problems.add(
          refuse(key.offset, `unknown key ${JSON.stringify(name)}`, `allowed: ${[...allowed].join(', ')}`),
        );
        return [];
      }
      return [[name, key, value]];
    });
  const object = (name: string): Node | undefined => {
    const node = findNodeAtLocation(root, [name]);
    if (node === undefined || node.type === 'object') return node;
    problems.add(refuse(node.offset, 'expected an object', `see ${name}`));
    return undefined;
  };
  members(root, TOP);
  const budgetNode = object('budgets');
  members(budgetNode, BUDGET_KEYS);
  const budget = (
    key: string,
    fallback: number,
    read: (value: unknown) => number | undefined,
    example: string,
    limits: { least: number; most: number; say: string } = ANY,
  ): number => {
    const node = budgetNode === undefined ? undefined : findNodeAtLocation(budgetNode, [key]);
    if (node === undefined) return fallback;
    const value = read(node.value);
    if (value === undefined)
      problems.add(refuse(node.offset, `not a valid ${key}`, `write it like ${example}`));
    else if (value < limits.least || value > limits.most)
      problems.add(refuse(node.offset, `${key} is out of range`, `choose ${limits.say}`));
    return value ?? fallback;
  };
  const text1 = (parse: (value: string) => number | undefined) => (value: unknown) =>
    typeof value === 'string' ? parse(value) : undefined;

  // A table may be called `constructor` or `__proto__`.
  const productionRows: Record<string, number> = Object.create(null);
  for (const [name, , value] of members(object('production_rows'))) {
    const rows = positiveInteger(value.value);
    if (rows === undefined)
      problems.add(refuse(value.offset, `not a number of rows for ${name}`, 'write a whole number above 0'));
    else productionRows[name] = rows;
  }
  const productionDistinct: Record<string, number> = Object.create(null);
  for (const [name, key, value] of members(object('production_distinct'))) {
    const distinct = distinctValues(value.value);
    if (!/^[^.]+\.[^.]+$/.test(name))
      problems.add(refuse(key.offset, `not a column: ${JSON.stringify(name)}`, 'write "table.column"'));
    else if (distinct === undefined)
      problems.add(
        refuse(
          value.offset,
          `not a number of distinct values for ${name}`,
          'write a whole number above 0, or a share of the rows as -1 to below 0, as n_distinct is written',
        ),
      );
    else productionDistinct[name] = distinct;
  }
  const settings = members(object('settings')).flatMap(([name, key, node]): SettingChoice[] => {
    const choice = { name, value: String(node.value ?? '') };
    const objection = objectionTo(choice);
    if (objection === undefined) return [choice];
    problems.add(refuse(key.offset, objection, 'write it like "work_mem": "64MB"'));
    return [];
  });
  const calls = members(object('calls_a_day')).flatMap(([name, key, value]): CallsEntry[] => {
    const number: unknown = value.value;
    // JSON accepts 1e999, which is Infinity.
    if (typeof number === 'number' && Number.isFinite(number) && number >= 0)
      return [{ name, calls: number, location: locationAt(file, text, key.offset) }];
    problems.add(refuse(value.offset, `not a number of calls for ${name}`, 'write a number, 0 or above'));
    return [];
  });
  const titleNode = findNodeAtLocation(root, ['title']);
  if (titleNode !== undefined && titleNode.type !== 'string') {
    problems.add(refuse(titleNode.offset, 'the title must be a string', 'put it in quotes'));
  }
  const read = {
    title: (titleNode?.value as string | undefined) ?? '',
    budgets: {
      storageBytes: budget('storage', 2 * 1024 ** 3, text1(parseBytes), '"2 GB"'),
      largeTableRows: budget('large_table_rows', 1_000_000, positiveInteger, '1000000'),
      workMemBytes: budget('work_mem', 500 * 1024 ** 2, text1(parseBytes), '"500 MB"', WORK_MEM),
      queryTargetMs: budget('query_target', 2000, text1(parseDuration), '"2 s"'),
      timeoutMs: budget('timeout', 30_000, text1(parseDuration), '"30 s"', TIMEOUT),
      ...(budgetNode !== undefined && findNodeAtLocation(budgetNode, ['comparison_timeout']) !== undefined
        ? { comparisonMs: budget('comparison_timeout', 60_000, text1(parseDuration), '"10 min"', TIMEOUT) }
        : {}),
      productionRows,
      productionDistinct,
    },
    settings,
    calls,
  };
  problems.throwIfAny();
  return read;
}

/** The range of ALTER TABLE … SET (n_distinct = …). */
function distinctValues(value: unknown): number | undefined {
  const isShare = typeof value === 'number' && value >= -1 && value < 0;
  return isShare ? value : positiveInteger(value);
}

function positiveInteger(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
