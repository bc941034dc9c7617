/** Node types that do the same job by other means: what a person would call "that step, done differently". */
import type { PlanNode } from './types.ts';

export type Family = string;

const FAMILIES: Readonly<Record<string, Family>> = {
  'Nested Loop': 'join',
  'Hash Join': 'join',
  'Merge Join': 'join',
  Sort: 'sort',
  'Incremental Sort': 'sort',
  Aggregate: 'aggregate',
  Group: 'aggregate',
  Unique: 'aggregate',
  Append: 'append',
  'Merge Append': 'append',
  Gather: 'gather',
  'Gather Merge': 'gather',
  Memoize: 'keep',
  Materialize: 'keep',
  'Bitmap Index Scan': 'bitmap',
  BitmapAnd: 'bitmap',
  BitmapOr: 'bitmap',
};

/** All that reads rows from somewhere with a name is one family; an unknown node type is a family of its own. */
export function familyOf(node: PlanNode): Family {
  return FAMILIES[node.nodeType] ?? (scanKey(node) === undefined ? node.nodeType : 'scan');
}

/** What a scan reads, however it does: the relation, CTE or function and the alias; undefined for other nodes. */
export function scanKey(node: PlanNode): string | undefined {
  const source = node.relation ?? node.raw['CTE Name'] ?? node.raw['Function Name'];
  if (typeof source !== 'string' && (node.alias === undefined || !node.nodeType.endsWith('Scan')))
    return undefined;
  return JSON.stringify([source ?? null, node.alias ?? null]);
}
