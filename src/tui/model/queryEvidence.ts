/** The conditions, joins and sort keys of a query, from its plan, where every name is resolved. Pure. */
import type { Plan } from '../../plan/plan.ts';
import { flattenPlan } from '../../plan/tree.ts';
import type { State } from '../state/state.ts';
import { shownPlan } from './scene.ts';
import { queryInView } from './selectors.ts';

type Use = 'compared' | 'joined' | 'sorted' | 'grouped';

interface ColumnUse {
  readonly use: Use;
  /** The scan that has this condition. */
  readonly table: string | undefined;
  readonly text: string;
}

const USES: readonly (readonly [keys: RegExp, use: Use])[] = [
  [/^(?:Filter|Index Cond|Recheck Cond|TID Cond|Order By)$/, 'compared'],
  [/^(?:Hash Cond|Merge Cond|Join Filter)$/, 'joined'],
  [/^(?:Sort Key|Presorted Key)$/, 'sorted'],
  [/^Group Key$/, 'grouped'],
];
const ORDER: readonly Use[] = ['compared', 'joined', 'sorted', 'grouped'];

function columnUses(plan: Plan): readonly ColumnUse[] {
  const found = new Map<string, ColumnUse>();
  for (const { details, relation, alias } of flattenPlan(plan))
    for (const { key, value } of details) {
      const [, use] = USES.find(([keys]) => keys.test(key)) ?? [];
      if (use === undefined) continue;
      const table = use === 'compared' ? tableName(relation, alias) : undefined;
      found.set(`${use} ${table} ${value}`, { use, table, text: value });
    }
  const sorted = new Set([...found.values()].flatMap(({ use, text }) => (use === 'sorted' ? text : [])));
  // Rows are sorted to be grouped: once is enough.
  const uses = [...found.values()].filter(({ use, text }) => use !== 'grouped' || !sorted.has(text));
  return uses.sort((a, b) => ORDER.indexOf(a.use) - ORDER.indexOf(b.use));
}

const tableName = (relation: string | undefined, alias: string | undefined): string | undefined =>
  relation === undefined || alias === undefined || alias === relation ? relation : `${relation} ${alias}`;

/** Indexes that the tables of a plan have, and proposals for them. */
function indexesOn(state: State, plan: Plan) {
  const tables = new Set(flattenPlan(plan).flatMap(({ relation }) => relation ?? []));
  const existing = (state.session?.indexes ?? []).filter(({ table }) => tables.has(table));
  const proposed = state.workload.proposals.flatMap(({ id, statements }) =>
    statements.flatMap(({ on, sql, kind }) =>
      kind === 'create-index' && on !== undefined && tables.has(on.split('.').at(-1) ?? on)
        ? [{ id, table: on, sql }]
        : [],
    ),
  );
  return { existing, proposed };
}

/** The plan without proposals shows the query as it is written. */
export function evidenceInView(state: State) {
  const query = queryInView(state);
  const plan = shownPlan(state, 'before');
  if (query === undefined || plan === undefined) return undefined;
  return { query, uses: columnUses(plan), ...indexesOn(state, plan) };
}
