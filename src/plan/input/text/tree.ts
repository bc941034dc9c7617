/** Logical lines → statements and their nodes, by indentation. Nothing is recursive: plans are thousands deep. */
import { Incomplete } from '../source.ts';
import { addToJob, groupName, nestedStatement, openGroup } from './citus.ts';
import { addGrouping, setPairs, setValue } from './details.ts';
import {
  type Draft,
  type NodeDraft,
  newNode,
  newStatement,
  type Scope,
  type Section,
  type StatementDraft,
} from './drafts.ts';
import type { Heading } from './headings.ts';
import { isKnownKey } from './lineKinds.ts';
import type { Logical } from './logicalLines.ts';
import { addSummary, addToSection, isSummary, openTarget, openWorker } from './sections.ts';

type HeadingLine = Extract<Logical, { heading: Heading }>;

export class Tree {
  /** Every statement, those under Citus' nodes included; and those that are the text's own. */
  readonly all: StatementDraft[] = [];
  readonly top: StatementDraft[] = [];
  /** From the statement down to what the last line opened. */
  private scopes: Scope[] = [];
  /** `Query Text` of the plan to come. */
  private before: Draft = {};
  /** The first line since the plan began that is none of it. */
  private dropped: Logical | undefined;

  /** @throws Incomplete where a line has no place in the tree. */
  add(line: Logical): void {
    const { column } = line;
    if (line.kind === 'dropped') this.drop(line);
    else if (line.kind === 'property') this.property(line);
    else if (line.kind === 'group') this.group(line.text, column);
    else if (line.kind === 'name') this.name(line.text, column, line.number);
    else if (line.kind === 'arrow') this.arrow(line);
    else if (line.kind === 'target') this.target(line);
    else if ('heading' in line) this.begin(line);
  }

  private drop(line: Logical): void {
    this.dropped ??= line;
    const [, root] = this.scopes;
    const last = this.scopes.at(-1);
    // Without figures behind it, a name may go on below.
    const isRest =
      last?.kind === 'node' && isBare(last.node.heading) && 'text' in line && /^\S+$/.test(line.text);
    // Prose stands apart, or at the left.
    if (root !== undefined && !line.apart && (isRest || line.column > root.column)) this.refuseDropped();
  }

  /** Between two lines of one plan there is nothing else: such a line was a part of it. */
  private refuseDropped(): void {
    if (this.dropped !== undefined) throw new Incomplete('this line belongs to no node', this.dropped.number);
  }

  private name(text: string, column: number, number: number): void {
    this.popTo(column);
    if (this.scopes.length > 0) this.scopes.push({ kind: 'name', column, name: text, number });
  }

  /** Closes what is not above that column. The outermost statement and its root stay. */
  private popTo(column: number): void {
    for (;;) {
      const last = this.scopes.at(-1);
      if (last === undefined || last.column < column || this.scopes.length <= 2) return;
      if (last.kind === 'name') throw new Incomplete(`${last.name} has no node below it`, last.number);
      this.scopes.pop();
    }
  }

  private begin({ heading, column, number }: HeadingLine): void {
    const statement = newStatement('top', column, this.before);
    this.before = {};
    this.dropped = undefined;
    this.all.push(statement);
    this.top.push(statement);
    this.scopes = [{ kind: 'statement', column: -1, statement }];
    this.node(heading, column, number, statement);
  }

  private node(heading: Heading, column: number, number: number, statement: StatementDraft): void {
    const last = this.scopes.at(-1);
    const node = newNode(heading, number, last?.kind === 'name' ? subplanName(last.name) : undefined);
    if (last?.kind === 'name') this.scopes.pop();
    const parent = this.scopes.at(-1);
    if (parent?.kind === 'node') parent.node.children.push(node);
    statement.nodes.push(node);
    this.scopes.push({ kind: 'node', column, node, in: statement });
  }

  private arrow({ heading, column, number }: HeadingLine): void {
    // `-> Bob`, below the plan.
    const named = heading.known || Object.keys(heading.figures).length > 0;
    if (!named && column <= (this.scopes[1]?.column ?? -1)) return;
    if (this.scopes[1] === undefined)
      throw new Incomplete('the first line of this plan is missing: it begins with "->"', number);
    this.refuseDropped();
    this.popTo(column);
    while (this.scopes.at(-1)?.kind === 'section') this.scopes.pop();
    let parent = this.scopes.at(-1);
    // A second plan under the same task.
    if (parent?.kind === 'statement') {
      this.scopes.pop();
      parent = this.scopes.at(-1);
    }
    const nested = nestedStatement(parent, column);
    if (nested !== undefined) {
      this.all.push(nested);
      this.scopes.push({ kind: 'statement', column: column - 1, statement: nested });
      this.node(heading, column, number, nested);
      return;
    }
    const owner = this.scopes.findLast(scope => scope.kind === 'node');
    if (owner?.kind === 'node') this.node(heading, column, number, owner.in);
  }

  private group(text: string, column: number): void {
    this.popTo(column);
    const kind = groupName(text);
    const parent = this.scopes.at(-1);
    if (kind !== undefined && parent !== undefined) this.scopes.push(openGroup(kind, parent, column));
  }

  private target(line: HeadingLine): void {
    const { heading, column } = line;
    const [, root] = this.scopes;
    if (root === undefined || column <= root.column) {
      this.begin(line);
      return;
    }
    this.popTo(column);
    const owner = this.scopes.findLast(scope => scope.kind === 'node');
    if (owner?.kind === 'node') this.scopes.push(openTarget(owner.node, heading, column));
  }

  private property({ key, value, column, apart }: Extract<Logical, { kind: 'property' }>): void {
    if (key === 'Query Text' || key === 'Query Parameters') {
      this.before[key] = value;
      // The plan before it is over.
      if (key === 'Query Text') this.scopes = [];
      return;
    }
    this.popTo(column);
    const last = this.scopes.at(-1);
    if (last === undefined) return;
    if (isSummary(key) && !(last.kind === 'section' && last.column < column)) {
      this.summary(key, value, column);
      return;
    }
    if (isKnownKey(key)) this.refuseDropped();
    const opened = addProperty(this.scopes, key, value, column, apart);
    if (opened !== undefined) this.scopes.push(opened);
  }

  /** @throws Incomplete where the last line was the name of a subplan. */
  end(): void {
    const last = this.scopes.at(-1);
    if (last?.kind === 'name') throw new Incomplete(`${last.name} has no node below it`, last.number);
  }

  private summary(key: string, value: string, column: number): void {
    const at = this.scopes.findLastIndex(scope => ownsSummary(scope, column));
    const owner = this.scopes[at];
    if (owner?.kind !== 'statement') return;
    this.scopes.length = at + 1;
    const opened = addSummary(owner.statement, key, value, column);
    if (opened !== undefined) this.scopes.push(opened);
  }
}

function isBare({ figures, neverExecuted }: Heading): boolean {
  return !neverExecuted && Object.keys(figures).length === 0;
}

/** Citus 6 has a line like a subplan's above the coordinator's own tree. */
function subplanName(text: string): string | undefined {
  return text === 'Master Query' ? undefined : text;
}

// A line `Key: value` → the node, worker, task or statement that it describes.

/** Width of `->  `: how much further right than its arrow a node's name stands. */
const ARROW = 4;

/** The lines below a tree stand at its root's first letter; below a subplan of Citus at its root's arrow. */
function ownsSummary(scope: Scope, column: number): boolean {
  if (scope.kind !== 'statement') return false;
  const { kind, column: root } = scope.statement;
  if (kind === 'top') return true;
  // Half an arrow is left to a text whose indentation suffered.
  return column >= (kind === 'remote' ? root + ARROW / 2 : root);
}

/** @param scopes The last is the innermost that the line's column is inside of. @returns The section it opens, if it does. */
function addProperty(
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
