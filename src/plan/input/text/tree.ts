/** Logical lines → statements and nodes, by indentation. No recursion: plans can be thousands of levels deep. */
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
import { type Heading, hasFigures } from './headings.ts';
import { isKnownKey } from './lineKinds.ts';
import type { Logical } from './logicalLines.ts';
import { addSummary, addToSection, isSummary, openTarget, openWorker } from './sections.ts';

type HeadingLine = Extract<Logical, { heading: Heading }>;

export class Tree {
  /** Every statement, including those nested under Citus' nodes. */
  readonly all: StatementDraft[] = [];
  readonly top: StatementDraft[] = [];
  /** From the statement down to the scope of the last line. */
  private scopes: Scope[] = [];
  /** `Query Text` of the next plan. */
  private before: Draft = {};
  /** The first line since the plan began that does not belong to it. */
  private dropped: Logical | undefined;

  /** @throws Incomplete if a line has no place in the tree. */
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
    // A heading without figures may continue on the next line.
    const isRest =
      last?.kind === 'node' &&
      !last.node.heading.neverExecuted &&
      !hasFigures(last.node.heading) &&
      'text' in line &&
      /^\S+$/.test(line.text);
    // Prose follows a blank line or is at the left.
    if (root !== undefined && !line.apart && (isRest || line.column > root.column)) this.refuseDropped();
  }

  /** A foreign line between two lines of one plan must be a damaged part of the plan. */
  private refuseDropped(): void {
    if (this.dropped !== undefined) throw new Incomplete('this line belongs to no node', this.dropped.number);
  }

  private name(text: string, column: number, number: number): void {
    this.popTo(column);
    if (this.scopes.length > 0) this.scopes.push({ kind: 'name', column, name: text, number });
  }

  /** Closes scopes that do not contain the column. The outermost statement and its root stay. */
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
    // A signature such as `-> Bob` below the plan.
    const named = heading.known || hasFigures(heading);
    if (!named && column <= (this.scopes[1]?.column ?? -1)) return;
    if (this.scopes[1] === undefined)
      throw new Incomplete('the first line of this plan is missing: it begins with "->"', number);
    this.refuseDropped();
    this.popTo(column);
    while (this.scopes.at(-1)?.kind === 'section') this.scopes.pop();
    let parent = this.scopes.at(-1);
    // A second plan under one task.
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
      // The previous plan has ended.
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

  /** @throws Incomplete if the last line was the name of a subplan. */
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

/** Citus 6 prints `Master Query` like a subplan's name above the coordinator's tree. */
function subplanName(text: string): string | undefined {
  return text === 'Master Query' ? undefined : text;
}

// Assigns `Key: value` to a node, worker, task or statement.

/** Width of `->  `. */
const ARROW = 4;

/** Lines below a tree are in the column of its root's name; below a Citus subplan, of its root's arrow. */
function ownsSummary(scope: Scope, column: number): boolean {
  if (scope.kind !== 'statement') return false;
  const { kind, column: root } = scope.statement;
  if (kind === 'top') return true;
  // Tolerates half an arrow for damaged indentation.
  return column >= (kind === 'remote' ? root + ARROW / 2 : root);
}

/** @param scopes The last is the innermost. @returns The section that the line opens, if any. */
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
      // A line of another tool below the tree, or prose.
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
