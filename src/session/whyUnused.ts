/** Why a query does not use a proposal that is on; for an index that it could use, also its cost and run time. */

import { DatabaseError } from '../base/databaseError.ts';
import { median } from '../base/statistics.ts';
import type { Link } from '../database/link.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan } from '../plan/tree.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Proposal } from '../workload/workload.ts';
import type { Built, Switching } from './builders/builder.ts';
import type { Configuration } from './configuration.ts';
import type { Hiding } from './hide.ts';
import { timedOut, totalMs } from './measure.ts';
import type { Look } from './probe.ts';
import {
  type Surroundings,
  UNUSED_REASONS,
  type UnusedReason,
  type Usability,
  usabilityOf,
} from './unusedIndex.ts';

export interface Unused {
  readonly reason: UnusedReason;
  /** A clause; empty where the figures suffice. */
  readonly text: string;
  /** The query does not read the index's table. */
  readonly unread?: true;
  /** The plan reads the whole index, because it is smaller than the table, and looks nothing up. */
  readonly readWhole?: true;
  /** As the proposal names it. */
  readonly index: string;
  /** Cost of the chosen plan. The fields below describe the refused one, and are undefined where no setting leads to it. */
  readonly chosenCost: number;
  readonly cost: number | undefined;
  /** How the chosen plan reads the table instead, as EXPLAIN labels it. */
  readonly instead: string | undefined;
  /** Rows that the planner expects from the index. */
  readonly rows: number | undefined;
  /** The refused plan, run once, or three times if it was faster. */
  readonly forced: Forced | undefined;
}

export interface Forced {
  /** Planning + execution of each run; empty where the first was stopped. */
  readonly runsMs: readonly number[];
  readonly medianMs: number | undefined;
  readonly stoppedAfterMs: number | undefined;
  /** With actual rows. */
  readonly plan: Plan | undefined;
  /** Settings under which the planner chooses the index; tried only if the refused plan was faster. */
  readonly helps: readonly SettingChoice[];
}

/** The chosen plan's time, and the limit of a run of the refused one. */
export interface Race {
  readonly chosenMs: number;
  readonly limitMs: number;
}

interface Question {
  readonly proposal: Proposal;
  readonly built: Built;
  readonly effective: Configuration;
  readonly sql: string;
  /** Its parameters have values: other values may not imply the predicate. */
  readonly hasValues: boolean;
  readonly chosen: Plan;
  readonly hiding: Hiding;
  readonly race: Race | undefined;
  /** Ids of the proposals that drop an index: their switch stays as it is. */
  readonly drops: ReadonlySet<string>;
}

/** What whyUnused() needs from a session. */
interface SessionAccess {
  readonly undone: <T>(work: (link: Link) => Promise<T>) => Promise<T>;
  readonly around: () => Surroundings;
  readonly look: (
    look: Look,
    effective: Configuration,
    /** Settings and hidden rivals that steer the planner, for one probe. */
    persuasion: Switching,
    limitMs?: number,
  ) => Promise<Plan>;
  readonly now: () => number;
}

/** The index differs from what a condition needs. */
const DIFFERENT: ReadonlySet<UnusedReason> = new Set([
  'expression-differs',
  'collation',
  'operator-class',
  'type-cast',
]);

const off = (...methods: readonly string[]): SettingChoice[] =>
  methods.map(method => ({ name: `enable_${method}`, value: 'off' }));

/** Mildest first. */
const PERSUASIONS: readonly (readonly SettingChoice[])[] = [
  [],
  off('seqscan'),
  off('seqscan', 'hashjoin', 'mergejoin'),
  off('seqscan', 'sort'),
  off('seqscan', 'bitmapscan'),
];

/** Settings to try where the planner is wrong. */
const REMEDIES: readonly SettingChoice[] = [
  { name: 'random_page_cost', value: '1.1' },
  { name: 'work_mem', value: '256MB' },
];

/**
 * @returns undefined where the plan looks something up in it, or has no condition to look up; and for a proposal
 *   without an index. @throws DatabaseError where the query cannot be planned on a copy.
 */
export async function whyUnused(question: Question, session: SessionAccess): Promise<Unused | undefined> {
  const { proposal, built, chosen, sql } = question;
  // No plan shows whether it is used.
  if (chosen.hiddenTasks === true) return undefined;
  const read = scansOf(chosen, question);
  const isUsed = read.length > 0 || chosen.uses?.includes(proposal.id) === true;
  if (isUsed && (read.length === 0 || !read.every(isWhole))) return undefined;
  const indexes = proposal.statements.filter(({ kind }) => kind === 'create-index');
  if (indexes.length === 0) return undefined;
  const { tables, hasPolicies, isValid } = await indexFacts(built, session);
  const known = knownReason(built, isValid);
  const found: (Usability & { readonly index: string })[] = [];
  for (const statement of indexes) {
    const usability =
      known ?? (await session.undone(link => usabilityOf(link, sql, statement, session.around())));
    found.push({ ...usability, index: statement.creates ?? '' });
  }
  const [best] = found.sort((a, b) => UNUSED_REASONS.indexOf(b.reason) - UNUSED_REASONS.indexOf(a.reason));
  if (best === undefined) return undefined;
  if (isUsed && !DIFFERENT.has(best.reason)) return undefined;
  const { shares, ...said } = best;
  const withValues = question.hasValues && best.reason === 'predicate-not-implied';
  const unused = {
    ...said,
    text: withValues ? `${best.text}, with these values` : best.text,
    chosenCost: chosen.totalCost,
    cost: undefined,
    instead: undefined,
    rows: undefined,
    forced: undefined,
    ...(isUsed ? { readWhole: true as const } : {}),
  };
  if (isUsed) return unused;
  const all = question.effective;
  const refused =
    best.reason === 'more-expensive'
      ? await persuaded(question, session, alone(question))
      : // Alone it serves one side of an OR; with the others it may serve both.
        shares === true
        ? await persuaded(question, session, { effective: all }, hasCondition)
        : undefined;
  if (refused === undefined) {
    const isRead = flattenPlan(chosen).some(({ relation }) => tables.has(relation));
    if (best.reason !== 'more-expensive' || tables.size === 0) return unused;
    // The trial's copy has no policies.
    if (isRead && hasPolicies)
      return {
        ...unused,
        reason: 'no-clause',
        text: 'row security: only leakproof operators may use an index',
      };
    if (isRead) return unused;
    return { ...unused, reason: 'no-clause', text: `the planner leaves ${[...tables].join(', ')} out` };
  }
  const { plan, how } = refused;
  const rows = scansOf(plan, question).reduce((sum, { planRows }) => sum + planRows, 0);
  const forced = question.race && (await race(question, session, how, question.race));
  const text = best.reason === 'more-expensive' ? best.text : 'together with other indexes';
  return {
    ...unused,
    reason: 'more-expensive',
    text,
    cost: honestCost(plan),
    instead: insteadOf(chosen, tables),
    rows,
    forced,
  };
}

function knownReason({ unusable }: Built, isValid: boolean): Usability | undefined {
  if (unusable !== undefined) return { reason: 'unusable-here', text: unusable };
  return isValid
    ? undefined
    : { reason: 'invalid', text: 'PostgreSQL marks it as invalid: not every partition has it' };
}

/** The catalog's facts about the proposal's indexes, with the names of their tables and partitions. */
async function indexFacts({ made }: Built, { undone }: SessionAccess) {
  const rows = await undone(link =>
    link.query(
      `SELECT t.relname AS name, t.relrowsecurity AS policies, i.indisvalid AS valid
       FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid WHERE i.indexrelid = ANY ($1::oid[])`,
      [made.flatMap(({ oids }) => oids)],
    ),
  );
  return {
    tables: new Set<string | undefined>(rows.map(({ name }) => String(name))),
    hasPolicies: rows.some(({ policies }) => policies === true),
    isValid: rows.every(({ valid }) => valid === true),
  };
}

interface How {
  readonly effective: Configuration;
  readonly persuasion?: Switching;
}

/** Without other proposals and, if hiding takes no lock, without the table's other indexes. */
function alone({ proposal, built, effective, hiding, drops }: Question): How {
  const others = effective.only(id => id === proposal.id || drops.has(id));
  const own = built.made.flatMap(({ oids }) => oids).join(', ');
  const change =
    hiding === 'catalog' && own !== ''
      ? [
          `UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid NOT IN (${own})
             AND indrelid IN (SELECT i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid IN (${own}))`,
        ]
      : [];
  return { effective: others, persuasion: { change } };
}

async function persuaded(
  question: Question,
  { look }: SessionAccess,
  { effective, persuasion }: How,
  fits: (node: PlanNode) => boolean = () => true,
): Promise<{ readonly plan: Plan; readonly how: How } | undefined> {
  for (const set of PERSUASIONS) {
    const how = { effective, persuasion: { ...persuasion, set } };
    const plan = await look('estimate', effective, how.persuasion);
    if (scansOf(plan, question).some(fits)) return { plan, how };
  }
  return undefined;
}

/** The nodes that read the proposal's indexes. */
function scansOf(plan: Plan, { proposal, built }: Question): readonly PlanNode[] {
  if (plan.uses?.includes(proposal.id) === false && built.inPlace === undefined) return [];
  const names = new Set(proposal.statements.map(({ creates }) => creates));
  return flattenPlan(plan).filter(({ index }) => index !== undefined && names.has(index));
}

/** undefined where the table is read in several places, or in partitions. */
function insteadOf(chosen: Plan, tables: ReadonlySet<string | undefined>): string | undefined {
  const nodes = flattenPlan(chosen).filter(({ relation }) => tables.has(relation));
  return nodes.length === 1 ? nodes[0]?.label : undefined;
}

/** It looks nothing up in the index. */
const isWhole = (node: PlanNode): boolean => node.nodeType === 'Index Only Scan' && !hasCondition(node);

const hasCondition = ({ details }: PlanNode): boolean => details.some(({ key }) => key === 'Index Cond');

/** PostgreSQL before 18 adds this to the cost of a disabled node, which it uses if there is no other way. */
const DISABLE_COST = 1e10;

/** The cost without DISABLE_COST; undefined where a LIMIT has taken a part of it. */
export function honestCost(plan: Plan): number | undefined {
  const times = (cost: number) => Math.floor(cost / DISABLE_COST);
  const isCut = flattenPlan(plan).some(
    ({ nodeType, children: [child] }) =>
      nodeType === 'Limit' && child !== undefined && times(child.startupCost) !== times(child.totalCost),
  );
  return isCut ? undefined : plan.totalCost % DISABLE_COST;
}

async function race(
  question: Question,
  { look, now }: SessionAccess,
  { effective, persuasion = {} }: How,
  { chosenMs, limitMs }: Race,
): Promise<Forced> {
  const nothing = { runsMs: [], medianMs: undefined, plan: undefined, helps: [] };
  const startedAt = now();
  try {
    const plan = await look('facts', effective, persuasion, limitMs);
    const runsMs = [totalMs(plan)];
    while (runsMs.length < 3 && Math.max(...runsMs) < chosenMs)
      runsMs.push(totalMs(await look('run', effective, persuasion, limitMs)));
    const medianMs = median(runsMs) ?? 0;
    const helps: SettingChoice[] = [];
    if (medianMs < chosenMs)
      for (const choice of REMEDIES) {
        const other = await look('estimate', question.effective, { set: [choice] });
        if (scansOf(other, question).length > 0) helps.push(choice);
      }
    return { runsMs, medianMs, stoppedAfterMs: undefined, plan, helps };
  } catch (error) {
    if (timedOut(error, now() - startedAt, limitMs)) return { ...nothing, stoppedAfterMs: limitMs };
    if (error instanceof DatabaseError && error.code === '57014') throw error;
    return { ...nothing, stoppedAfterMs: undefined };
  }
}
