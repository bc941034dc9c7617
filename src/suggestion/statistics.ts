/**
 * Extended statistics against misestimates: for a query that compares several columns or an expression of a table, or groups by
 * several columns, and whose run shows a row count that is ten times off. They are kept if the query becomes faster here and no
 * other one slower.
 */
import type { Verdict } from '../advisor/verdict.ts';
import { plain } from '../base/sql.ts';
import { BEGINS, misestimates } from '../plan/accounting/estimates.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import { readProposalText } from '../workload/proposals.ts';
import type { Proposal, Query, Workload } from '../workload/workload.ts';
import type { Block, TableUse } from './queryBlocks.ts';
import { slugOf } from './viewCandidates.ts';

export interface StatisticsCandidate {
  /** Alternatives in the order of trial: one is enough. */
  readonly ways: readonly Proposal[];
  readonly table: string;
  /** Queries that compare or group by these. */
  readonly queries: readonly string[];
  /** Queries that read the table. */
  readonly readers: ReadonlySet<string>;
}

/** With a list of common values (mcv) the planner ignores dependencies, which alone help with many evenly distributed values. */
const WAYS = [
  { suffix: '_stats', kinds: ' (ndistinct, dependencies)' },
  { suffix: '_stats_common', kinds: ' (ndistinct, dependencies, mcv)' },
];
const OF_AN_EXPRESSION = [{ suffix: '_stats', kinds: '' }];
/** STATS_MAX_DIMENSIONS */
const MOST_KEYS = 8;
/** CREATE STATISTICS on expressions. */
const EXPRESSIONS_SINCE = 14;

/** @param free Makes a name unique. */
export async function statisticsCandidates(
  queries: readonly { readonly id: string; readonly blocks: readonly Block[] }[],
  major: number,
  free: (name: string) => string,
): Promise<readonly StatisticsCandidate[]> {
  const found = new Map<string, { use: TableUse; keys: readonly string[]; of: Set<string> }>();
  for (const { id, blocks } of queries)
    for (const use of blocks.flatMap(({ tables }) => tables)) {
      const compared = use.comparisons.filter(({ against }) => against === 'value').map(({ key }) => key);
      const grouped = use.groups.map(plain);
      for (const [named, groups] of [
        [compared, false],
        [grouped, true],
      ] as const) {
        const keys = [...new Set(named)].sort();
        const isExpression = keys.some(key => key.startsWith('('));
        const isEnough = keys.length > 1 || (isExpression && !groups);
        if (!isEnough || keys.length > MOST_KEYS || (isExpression && major < EXPRESSIONS_SINCE)) continue;
        const key = JSON.stringify([use.schema ?? null, use.table, keys]);
        const known = found.get(key) ?? { use, keys, of: new Set<string>() };
        known.of.add(id);
        found.set(key, known);
      }
    }
  const candidates: StatisticsCandidate[] = [];
  for (const { use, keys, of } of found.values()) {
    const { schema, table } = use;
    const on = schema === undefined ? plain(table) : `${plain(schema)}.${plain(table)}`;
    const title = `${table}: how ${keys.join(', ')} ${keys.length > 1 ? 'depend on each other' : 'is distributed'}`;
    const ways: Proposal[] = [];
    for (const { suffix, kinds } of keys.length === 1 ? OF_AN_EXPRESSION : WAYS) {
      const id = free(
        slugOf(`${table}_${keys.map(slugOf).join('_')}`)
          .slice(0, 30)
          .concat(suffix),
      );
      const ddl = `CREATE STATISTICS ${plain(id)}${kinds} ON ${keys.join(', ')} FROM ${on}`;
      const text = `-- title: ${title.replace(/\s+/g, ' ')}\n\n${ddl};\n`;
      const proposal = await readProposalText(`${id}.sql`, text, id).catch(() => undefined);
      if (proposal !== undefined) ways.push(proposal);
    }
    const readers = queries.filter(({ blocks }) =>
      blocks.some(({ tables }) => tables.some(one => one.table === table)),
    );
    candidates.push({ ways, table, queries: [...of], readers: new Set(readers.map(({ id }) => id)) });
  }
  return candidates;
}

/** A lens has no rows to sample, only the statistics that were read. */
export function withoutStatistics({
  workload,
  statistics,
}: {
  readonly workload: Workload;
  readonly statistics: readonly StatisticsCandidate[];
}): Workload {
  const own = new Set(statistics.flatMap(({ ways }) => ways.map(({ id }) => id)));
  return { ...workload, proposals: workload.proposals.filter(({ id }) => !own.has(id)) };
}

/**
 * @param ran The plan of a run.
 * @returns Whether a misestimate begins at a node that these statistics are about.
 */
function isMisestimated(ran: Plan, { table }: Pick<StatisticsCandidate, 'table'>): boolean {
  const nodes = flattenPlan(ran);
  const factors = misestimates(nodes, ran.settings);
  const isAbout = ({ relation, details }: PlanNode) =>
    relation === table || details.some(({ key }) => key === 'Group Key');
  return nodes.some(node => isAbout(node) && (factors[node.id]?.factor ?? 1) >= BEGINS);
}

interface StatisticsGrounds {
  readonly queries: readonly Query[];
  /** A query's plan with actual rows; undefined if it was stopped or cannot run. */
  readonly ran: (query: Query) => Promise<Plan | undefined>;
  readonly build: (id: string) => Promise<boolean>;
  readonly whyNotBuilt: (id: string) => string | undefined;
  /** Runs a query here without and with them. */
  readonly compare: (query: Query, id: string) => Promise<Verdict | undefined>;
  /** From then on they are on in every configuration. */
  readonly keep: (id: string, queries: readonly string[]) => void;
  readonly reject: (id: string, reason: string) => void;
}

export async function judgeStatistics(
  candidates: readonly StatisticsCandidate[],
  { queries, ran, build, whyNotBuilt, compare, keep, reject }: StatisticsGrounds,
): Promise<void> {
  for (const candidate of candidates) {
    const wrong: Query[] = [];
    for (const query of queries.filter(one => candidate.queries.includes(one.id))) {
      const plan = await ran(query);
      if (plan !== undefined && isMisestimated(plan, candidate)) wrong.push(query);
    }
    let refused: { readonly id: string; readonly reason: string } | undefined;
    for (const { id } of wrong.length === 0 ? [] : candidate.ways) {
      const reason = (await build(id)) ? await tried(id) : whyNotBuilt(id);
      refused = reason === undefined ? undefined : { id, reason };
      if (refused === undefined) break;
    }
    if (refused !== undefined) reject(refused.id, refused.reason);

    /** @returns Why they are not kept; undefined if they are. */
    async function tried(id: string): Promise<string | undefined> {
      const verdicts = new Map<Query, Verdict | undefined>();
      const reading = queries.filter(query => candidate.readers.has(query.id));
      for (const query of reading) verdicts.set(query, await compare(query, id));
      const faster = wrong.filter(query => verdicts.get(query)?.kind === 'faster');
      const slower = queries.find(query => verdicts.get(query)?.kind === 'slower');
      if (slower !== undefined) return `makes query ${slower.number} slower here`;
      if (faster.length === 0)
        return wrong.some(query => verdicts.get(query)?.kind !== 'same plan')
          ? 'changes a plan, which is not clearly faster here'
          : 'corrects an estimate, and the plan stays as it is';
      keep(
        id,
        faster.map(query => query.id),
      );
      return undefined;
    }
  }
}
