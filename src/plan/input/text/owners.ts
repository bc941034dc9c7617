/** A line `Key: value` → the node, worker, task or statement that it tells of. */
import { addToJob } from './citus.ts';
import type { NodeDraft } from './drafts.ts';
import { addGrouping } from './grouping.ts';
import { isKnownKey } from './keys.ts';
import { setPairs } from './pairs.ts';
import type { Scope, Section } from './scopes.ts';
import { addToSection, openWorker } from './sections.ts';
import { setValue } from './values.ts';

/** Width of `->  `: how much further right than its arrow a node's name stands. */
const ARROW = 4;

/** The lines below a tree stand at its root's first letter; below a subplan of Citus at its root's arrow. */
export function ownsSummary(scope: Scope, column: number): boolean {
  if (scope.kind !== 'statement') return false;
  const { kind, column: root } = scope.statement;
  if (kind === 'top') return true;
  // Half an arrow is left to a text whose indentation suffered.
  return column >= (kind === 'remote' ? root + ARROW / 2 : root);
}

/** @param scopes The last is the innermost that the line's column is inside of. @returns The section it opens, if it does. */
export function addProperty(
  scopes: readonly Scope[],
  key: string,
  value: string,
  column: number,
  apart: boolean,
): Section | undefined {
  const last = scopes.at(-1);
  switch (last?.kind) {
    case 'section':
      return addToSection(last, key, value, column);
    case 'node':
      // Something of another tool's below the tree, or prose.
      if (last.column >= column && !isKnownKey(key)) {
        if (!apart) setValue(last.in.after, key, value);
        return undefined;
      }
      return addToNode(last.node, key, value, column);
    case 'statement':
      if (!apart && last.statement.summarised && !isKnownKey(key)) setValue(last.statement.after, key, value);
      return undefined;
    case 'task':
    case 'subplan':
    case 'job':
      setValue(last.draft, key, value);
      return undefined;
    default: {
      const owner = scopes.findLast(scope => scope.kind === 'node');
      return owner?.kind === 'node' ? addToNode(owner.node, key, value, column) : undefined;
    }
  }
}

function addToNode(node: NodeDraft, key: string, value: string, column: number): Section | undefined {
  const worker = /^Worker (\d{1,6})$/.exec(key)?.[1];
  if (worker !== undefined) return openWorker(node, Number(worker), value, column);
  if (addGrouping(node, key, value, column)) return undefined;
  if (addToJob(node, key, value)) return undefined;
  if (!setPairs(node.properties, key, value)) setValue(node.properties, key, value);
  return undefined;
}
