/** Lines under Citus' Custom Scans: a job, its tasks, and nested statements. */
import { setValue } from './details.ts';
import { type Draft, type NodeDraft, newStatement, type Scope, type StatementDraft } from './drafts.ts';

type Group = Extract<Scope, { kind: 'task' | 'subplan' | 'job' }>;

const JOB_KEYS: ReadonlySet<string> = new Set([
  'Task Count',
  'Tasks Shown',
  'Tuple data received from nodes',
]);

/** @returns False for a line that does not describe a job. */
export function addToJob(node: NodeDraft, key: string, value: string): boolean {
  if (!JOB_KEYS.has(key) || !isCitus(node)) return false;
  const job = child(distributedQuery(node), 'Job');
  setValue(job, key, value);
  // Tasks of a job that repartitions are not shown.
  if (key === 'Tasks Shown' && !value.startsWith('None')) job.Tasks ??= [];
  return true;
}

function isCitus({ heading }: NodeDraft): boolean {
  return heading.provider?.startsWith('Citus') === true || heading.type.startsWith('Distributed Query');
}

function distributedQuery(node: NodeDraft): Draft {
  return child(node.properties, 'Distributed Query');
}

/** `->  Task`, `->  Distributed Subplan 3_1`, `->  MapMergeJob`; undefined for a node. */
export function groupName(text: string): Group['kind'] | undefined {
  if (text === 'Task') return 'task';
  if (text === 'MapMergeJob') return 'job';
  return /^Distributed Subplan \w{1,60}$/.test(text) ? 'subplan' : undefined;
}

export function openGroup(kind: Group['kind'], parent: Scope | undefined, column: number): Group {
  const draft: Draft = {};
  const query = parent?.kind === 'node' ? distributedQuery(parent.node) : undefined;
  if (kind === 'subplan') {
    // JSON prints subplans before their job.
    if (query !== undefined) append(query, 'Subplans', draft);
  } else if (kind === 'task') {
    if (query !== undefined) append(child(query, 'Job'), 'Tasks', draft);
  } else {
    const job = parent?.kind === 'job' ? parent.draft : query && child(query, 'Job');
    if (job !== undefined) append(job, 'Dependent Jobs', draft);
  }
  return { kind, column, draft };
}

/** The statement that this arrow begins, if any: under a task, a subplan, or INSERT … SELECT. */
export function nestedStatement(parent: Scope | undefined, column: number): StatementDraft | undefined {
  if (parent?.kind === 'task') {
    const statement = newStatement('remote', column);
    append(parent.draft, 'Remote Plan', [statement.raw]);
    return statement;
  }
  if (parent?.kind === 'subplan') {
    const statement = newStatement('subplan', column);
    append(parent.draft, 'PlannedStmt', statement.raw);
    return statement;
  }
  if (parent?.kind === 'node' && /^Citus (?:INSERT|MERGE)/.test(parent.node.heading.provider ?? '')) {
    const statement = newStatement('subplan', column);
    append(parent.node.properties, 'Select Query', statement.raw);
    return statement;
  }
  return undefined;
}

function child(parent: Draft, key: string): Draft {
  const found = parent[key];
  if (typeof found === 'object' && found !== null) return found as Draft;
  const made: Draft = {};
  parent[key] = made;
  return made;
}

function append(parent: Draft, key: string, item: unknown): void {
  const list = parent[key];
  if (Array.isArray(list)) list.push(item);
  else parent[key] = [item];
}
