/** `Parent Relationship`, which the text shows by order and by the names of subplans. */
import type { NodeDraft } from './drafts.ts';

const MEMBERS: ReadonlySet<string> = new Set(['Append', 'Merge Append', 'BitmapAnd', 'BitmapOr']);

/** By child, in order. @param verbose RETURNING would be seen as the node's `Output`. */
export function relationships(parent: NodeDraft, verbose: boolean): readonly string[] {
  const own = parent.children.filter(({ subplanName }) => subplanName === undefined);
  const members = MEMBERS.has(parent.heading.type) || hasPlanPerTable(parent, own, verbose);
  let seen = 0;
  return parent.children.map(({ subplanName }) => {
    if (subplanName !== undefined) return subplanKind(subplanName);
    return members ? 'Member' : ownRelationship(parent.heading.type, own.length, seen++);
  });
}

/** A CTE is planned as an InitPlan. */
function subplanKind(name: string): string {
  return name.startsWith('SubPlan') ? 'SubPlan' : 'InitPlan';
}

function ownRelationship(type: string, count: number, position: number): string {
  if (type === 'Subquery Scan') return 'Subquery';
  if (type === 'Custom Scan') return count === 1 ? 'child' : 'children';
  return position === 0 ? 'Outer' : 'Inner';
}

/**
 * Until 13 a ModifyTable had one plan per table, a member even if alone; since 14 it has one below it, and promises
 * no rows unless there is a RETURNING.
 */
function hasPlanPerTable(parent: NodeDraft, own: readonly NodeDraft[], verbose: boolean): boolean {
  const { type, figures } = parent.heading;
  if (type !== 'ModifyTable') return false;
  if (own.length > 1) return true;
  // Without VERBOSE the rows may be a RETURNING's.
  return verbose && (figures['Plan Width'] ?? 0) > 0 && !('Output' in parent.properties);
}
