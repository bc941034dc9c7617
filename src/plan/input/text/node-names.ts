/** What the text format calls a node → `Node Type` and the keys that say the rest. */

export interface NamedNode {
  readonly type: string;
  /** `Strategy`, `Partial Mode`, `Operation`: what FORMAT JSON says right after the type. */
  readonly before: Readonly<Record<string, string>>;
  /** `Join Type`, `Command`, `Scan Direction`: what it says where the text has it, too. */
  readonly after: Readonly<Record<string, string>>;
}

const STRATEGIES: Readonly<Record<string, string>> = {
  Aggregate: 'Plain',
  GroupAggregate: 'Sorted',
  HashAggregate: 'Hashed',
  MixedAggregate: 'Mixed',
};

const PLAIN: ReadonlySet<string> = new Set([
  'Result',
  'ProjectSet',
  'Append',
  'Merge Append',
  'Recursive Union',
  'BitmapAnd',
  'BitmapOr',
  'Seq Scan',
  'Sample Scan',
  'Gather',
  'Gather Merge',
  'Bitmap Index Scan',
  'Bitmap Heap Scan',
  'Tid Scan',
  'Tid Range Scan',
  'Subquery Scan',
  'Function Scan',
  'Table Function Scan',
  'Values Scan',
  'CTE Scan',
  'Named Tuplestore Scan',
  'WorkTable Scan',
  'Custom Scan',
  'Materialize',
  'Memoize',
  'Sort',
  'Incremental Sort',
  'Group',
  'WindowAgg',
  'Unique',
  'LockRows',
  'Limit',
  'Hash',
]);

const AGGREGATE = /^(?:(Partial|Finalize) )?((?:Group|Hash|Mixed)?Aggregate)$/;
const JOIN = /^(Nested Loop|Hash|Merge)(?: (Left|Right|Full|Semi|Anti|Right Semi|Right Anti))?( Join)?$/;
const SET_OPERATION = /^(Hash)?SetOp((?: (?:Intersect|Except)(?: All)?)?)$/;
const INDEX_SCAN = /^(Index Scan|Index Only Scan)( Backward)?$/;
const MODIFICATION = /^(Foreign )?(Insert|Update|Delete|Merge)$/;

/** @returns undefined for a name that no PostgreSQL has used. */
export function namedNode(name: string): NamedNode | undefined {
  if (PLAIN.has(name)) return { type: name, before: {}, after: {} };
  if (name === 'Foreign Scan') return { type: name, before: { Operation: 'Select' }, after: {} };
  const aggregate = AGGREGATE.exec(name);
  if (aggregate !== null) {
    const [, partial = 'Simple', verb = ''] = aggregate;
    const before = { Strategy: STRATEGIES[verb] ?? 'Plain', 'Partial Mode': partial };
    return { type: 'Aggregate', before, after: {} };
  }
  const join = JOIN.exec(name);
  if (join !== null && (join[1] === 'Nested Loop' || join[3] !== undefined)) {
    const [, verb = '', kind = 'Inner'] = join;
    const type = verb === 'Nested Loop' ? verb : `${verb} Join`;
    return { type, before: {}, after: { 'Join Type': kind } };
  }
  const set = SET_OPERATION.exec(name);
  if (set !== null) {
    const command = (set[2] ?? '').trim();
    const before = { Strategy: set[1] === undefined ? 'Sorted' : 'Hashed' };
    return { type: 'SetOp', before, after: command === '' ? {} : { Command: command } };
  }
  const index = INDEX_SCAN.exec(name);
  if (index !== null) {
    const direction = index[2] === undefined ? 'Forward' : 'Backward';
    return { type: index[1] ?? name, before: {}, after: { 'Scan Direction': direction } };
  }
  // Citus 6 had it above the tree of the coordinator's own, `Master Query`.
  if (/^Distributed Query(?: into \w{1,63})?$/.test(name))
    return { type: 'Distributed Query', before: {}, after: {} };
  const modification = MODIFICATION.exec(name);
  if (modification === null) return undefined;
  const type = modification[1] === undefined ? 'ModifyTable' : 'Foreign Scan';
  return { type, before: { Operation: modification[2] ?? '' }, after: {} };
}
