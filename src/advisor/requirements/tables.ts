/**
 * Rows of the tables in a plan, as known here. A partitioned table counts as one table with the rows of the
 * partitions that the plan reads.
 */

import { rowsScannedOnce } from '../../plan/accounting/estimates.ts';
import type { Plan, PlanNode } from '../../plan/plan.ts';
import { flattenPlan } from '../../plan/tree.ts';
import { sequentialScans } from '../../plan/uses.ts';
import type { BuiltObject, TableFact } from '../../session/events.ts';

interface TableRows {
  readonly name: string;
  readonly rows: number;
  /** False before the first ANALYZE: the table may have more rows. */
  readonly known: boolean;
}

export interface ScannedTable extends TableRows {
  readonly scans: readonly PlanNode[];
  /** Number of scanned partitions, whose sum `rows` is; 1 for a table without partitions. */
  readonly parts: number;
}

/** Tables and the session's views, by `schema.name` and by name. */
export type Catalog = ReadonlyMap<string, TableFact>;

export function catalogOf(tables: readonly TableFact[], built: readonly BuiltObject[]): Catalog {
  const views = built.flatMap(({ kind, name, rows, bytes }): TableFact[] =>
    kind === 'materialized view' ? [{ name, rows, bytes, allVisible: 0 }] : [],
  );
  const catalog = new Map<string, TableFact>();
  for (const fact of [...tables, ...views]) {
    if (fact.schema !== undefined) catalog.set(`${fact.schema}.${fact.name}`, fact);
    // The larger of two tables with one name, if the plan gives no schema.
    const same = catalog.get(fact.name);
    if (same === undefined || fact.rows > same.rows) catalog.set(fact.name, fact);
  }
  return catalog;
}

const factOf = ({ schema, relation = '' }: PlanNode, catalog: Catalog): TableFact | undefined =>
  catalog.get(`${schema ?? ''}.${relation}`) ?? catalog.get(relation);

const rowsOf = (fact: TableFact | undefined) => ({
  rows: fact?.rows ?? 0,
  known: fact !== undefined && fact.counted !== false,
});

/** The tables that a plan scans sequentially. TABLESAMPLE is a deliberate choice and does not count. */
export function tablesScanned(plan: Plan, catalog: Catalog): readonly ScannedTable[] {
  const nodes = flattenPlan(plan);
  const scanned = plan.analyzed ? rowsScannedOnce(nodes, plan.settings) : [];
  const found = new Map<string, { name: string; scans: PlanNode[]; parts: Map<string, TableRows> }>();
  for (const node of sequentialScans(plan)) {
    if (node.nodeType === 'Sample Scan') continue;
    const fact = factOf(node, catalog);
    // A partition without an execution was pruned at run time; a table was only not reached in this run.
    if (fact?.partOf !== undefined && node.actual?.executed === false) continue;
    const name = node.relation ?? '';
    const key = fact?.partOf ?? `${node.schema ?? ''}.${name}`;
    const table = found.get(key) ?? {
      name: fact?.partOf === undefined ? name : unqualified(fact.partOf),
      scans: [],
      parts: new Map<string, TableRows>(),
    };
    const { rows, known } = rowsOf(fact);
    // pg_class may be outdated: the scan itself may have read more rows.
    const read = scanned[node.id] ?? 0;
    const part = `${node.schema ?? ''}.${name}`;
    const before = table.parts.get(part)?.rows ?? 0;
    table.parts.set(part, { name, rows: Math.max(rows, read, before), known });
    table.scans.push(node);
    found.set(key, table);
  }
  return [...found.values()].map(({ name, scans, parts }) => ({
    name,
    scans,
    parts: parts.size,
    ...sum([...parts.values()]),
  }));
}

/** Every table that a plan reads in any way; a partitioned table with all its partitions. */
export function tablesRead(plan: Plan, catalog: Catalog): readonly TableRows[] {
  const found = new Map<string, TableRows>();
  for (const node of flattenPlan(plan)) {
    // A foreign scan reads rows on another server.
    if (node.relation === undefined || node.nodeType === 'Foreign Scan') continue;
    const fact = factOf(node, catalog);
    const whole = fact?.partOf;
    if (whole === undefined) found.set(node.relation, { name: node.relation, ...rowsOf(fact) });
    else found.set(whole, { name: unqualified(whole), ...rowsOf(catalog.get(whole)) });
  }
  return [...found.values()];
}

const sum = (parts: readonly Pick<TableRows, 'rows' | 'known'>[]) => ({
  rows: parts.reduce((rows, part) => rows + part.rows, 0),
  known: parts.every(({ known }) => known),
});

const unqualified = (name: string): string => name.slice(name.indexOf('.') + 1);
