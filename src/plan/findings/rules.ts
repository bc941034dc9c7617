/** Rules about memory, and what does not fit. */
import { formatBytes, formatCount, formatMs, formatThousands, percent } from '../../base/format.ts';
import { spillsOf } from '../memory/memory.ts';
import type { Trigger } from '../plan.ts';
import { isUsed } from '../uses.ts';
import {
  HEAP_FETCHES,
  JIT,
  LARGE_TABLE_ROWS,
  LOSSY,
  MISESTIMATE,
  NESTED_LOOP,
  type Observation,
  type ProposedObject,
  REMOVED,
  type Rule,
  type Subject,
  TRIGGER,
} from './finding.ts';
import { heapFetches, largeSeqScans, lossyBitmaps, misestimated, nestedLoops, rowsRemoved } from './reads.ts';

export function spills({ nodes, parents }: Subject): readonly Observation[] {
  return spillsOf(nodes, parents).map(({ node, text }) => ({
    severity: 'warning',
    nodeId: node.id,
    text,
    next: 'more work_mem, fewer or narrower rows, or an index that has them in order',
  }));
}

/** No other viewer adds this up: each node of each process has a limit, a query has none. */
function memoryAboveLimit({ memory, memoryLimitBytes }: Subject): readonly Observation[] {
  const { heldBytes, allowedBytes, measured, holders } = memory;
  if (memoryLimitBytes === undefined || allowedBytes <= memoryLimitBytes) return [];
  const limit = formatBytes(memoryLimitBytes);
  const none = holders.every(holder => holder.how === 'estimated');
  const how = measured ? 'measured' : none ? 'estimated' : 'partly estimated';
  // What another server holds is not in the sum.
  const most = holders
    .filter(({ node }) => node.scope === 0)
    .reduce((best, holder) => (holder.heldBytes > best.heldBytes ? holder : best));
  if (heldBytes > memoryLimitBytes) {
    return [
      {
        severity: 'severe',
        nodeId: most.node.id,
        text: `the plan holds ${formatBytes(heldBytes)} in memory at once (${how}), above the limit of ${limit}; most of it here`,
        next: 'less work_mem, fewer workers, or fewer rows to sort and to hash',
      },
    ];
  }
  return [
    {
      severity: 'notice',
      nodeId: undefined,
      text: `the plan holds ${formatBytes(heldBytes)} (${how}), but with more rows its nodes may take ${formatBytes(allowedBytes)} before they spill, above the limit of ${limit}`,
      next: 'work_mem is for each node of each process, not for the query',
    },
  ];
}

/** Rules about workers and compilation. */

function workersMissing({ nodes }: Subject): readonly Observation[] {
  return nodes.flatMap((node): Observation[] => {
    const { workersPlanned: planned = 0, workersLaunched: launched = planned, actual } = node;
    if (actual?.executed !== true || launched >= planned) return [];
    return [
      {
        severity: 'warning',
        nodeId: node.id,
        text: `${launched} of ${planned} planned workers came`,
        next: 'measure when the server is idle, or raise max_parallel_workers: this time is not the plan’s usual one',
      },
    ];
  });
}

function jitShare({ plan }: Subject): readonly Observation[] {
  const { jit } = plan.beside;
  const whole = plan.executionMs ?? plan.root.actual?.inclusiveMs;
  if (jit?.ms === undefined || jit.ms < JIT.leastMs || whole === undefined || whole <= 0) return [];
  const share = Math.min(1, jit.ms / whole);
  if (share <= JIT.notice) return [];
  return [
    {
      severity: share > JIT.warning ? 'warning' : 'notice',
      nodeId: undefined,
      text: `${formatMs(jit.ms)} went into compiling ${jit.functions} functions (JIT), ${percent(share)} of the execution`,
      next: 'jit = off for this query, or a higher jit_above_cost',
    },
  ];
}

/** Rules about what was built to be used. */

/** A table changed in place while an older snapshot looked on: the planner passes over its new indexes in silence. */
function unusableIndexes({ nodes, proposed = [] }: Subject): readonly Observation[] {
  return proposed.flatMap((object): Observation[] => {
    if (object.kind !== 'index' || object.usable) return [];
    const scan = nodes.find(({ relation }) => relation === object.table);
    if (scan === undefined) return [];
    return [
      {
        severity: 'warning',
        nodeId: scan.id,
        text: `${object.name} is built, but unusable until committed: rows of ${object.table} were changed in place while older snapshots see them`,
        next: 'start again: a new transaction with no older one running can use it',
      },
    ];
  });
}

/** What such a function runs is planned by itself, and anything may change it. */
export const hiddenPlans = ({ plan }: Subject): readonly Observation[] => [
  ...(plan.hiddenPlans ?? []).map(
    (name): Observation => ({
      severity: 'notice',
      nodeId: undefined,
      text: `${name}() runs queries of its own, whose plans EXPLAIN does not show`,
      next: 'its run time is measured under each configuration; auto_explain.log_nested_statements logs those plans',
    }),
  ),
  ...(plan.hiddenTasks === true ? [HIDDEN_TASKS] : []),
];

const HIDDEN_TASKS: Observation = {
  severity: 'notice',
  nodeId: undefined,
  text: 'plan not shown: Citus repartitions rows for it, and does not say how the servers plan that',
  next: 'its run time is measured under each configuration',
};

/** Reported for queries of its own tables only: a query about other tables is not expected to use it. */
export function unusedProposals({ plan, nodes, proposed = [] }: Subject): readonly Observation[] {
  const objects = new Map<string, ProposedObject[]>();
  for (const object of proposed) {
    // Extended statistics change estimates without being read: only a session knows.
    if (!object.usable || (object.kind === 'statistics' && plan.uses === undefined)) continue;
    objects.set(object.proposal, [...(objects.get(object.proposal) ?? []), object]);
  }
  const unused = [...objects].flatMap(([proposal, made]) => {
    const names = made.map(({ name }) => name);
    const isConcerned = nodes.some(({ relation }) => made.some(({ table }) => table === relation));
    return isConcerned && !isUsed(plan, proposal, names) ? [proposal] : [];
  });
  const [first, ...others] = unused;
  if (first === undefined) return [];
  return [
    {
      severity: 'notice',
      nodeId: undefined,
      text:
        others.length === 0
          ? `${first} is on, but this plan does not use it`
          : `on, but not used by this plan: ${unused.join(', ')}`,
      next: 'each costs space and writes: see whether another query needs it',
    },
  ];
}

/** Rules about what runs beside the tree and is no node's time. */

/** AFTER triggers are in the execution time and in no node: the tree alone would point at the wrong place. */
function slowTriggers({ plan }: Subject): readonly Observation[] {
  const whole = plan.executionMs;
  return plan.beside.triggers.flatMap((trigger): Observation[] => {
    const { ms, calls } = trigger;
    if (ms === undefined || ms < TRIGGER.leastMs || whole === undefined || whole <= 0) return [];
    const share = Math.min(1, ms / whole);
    if (share <= TRIGGER.notice) return [];
    return [
      {
        severity: share > TRIGGER.warning ? 'warning' : 'notice',
        nodeId: undefined,
        text: `trigger ${nameOf(trigger)} took ${formatMs(ms)} in ${formatCount(calls)} ${calls === 1 ? 'call' : 'calls'}, ${percent(share)} of the execution`,
        next: trigger.constraint
          ? 'a foreign key is checked: an index on the referencing columns, where rows are deleted or keys updated'
          : 'see what the trigger’s function does for each row; a statement trigger runs once',
      },
    ];
  });
}

function nameOf({ name, relation }: Trigger): string {
  return relation === undefined ? name : `${name} on ${relation}`;
}

/** All rules in one table. Thresholds are in thresholds.ts; docs/findings.md has the table for people (`npm run docs`). */

const from = (limits: { readonly notice: number; readonly warning: number }): string =>
  `notice above ${percent(limits.notice)}, warning above ${percent(limits.warning)}`;

export const RULES: readonly Rule[] = [
  {
    name: 'seq-scan',
    about: `a sequential scan, parallel and sampling ones too, on a table of ${formatThousands(LARGE_TABLE_ROWS)} rows or the workload's large_table_rows: severe here, warning where only production has as many`,
    source: 'REQ-08 of the case study; RegreSQL',
    find: largeSeqScans,
  },
  {
    name: 'rows-removed',
    about: `rows read and thrown away by a filter, of all rows read, from ${formatThousands(REMOVED.leastRows)} on: ${from(REMOVED)}`,
    source: 'pev2',
    find: rowsRemoved,
  },
  {
    name: 'misestimate',
    about: `actual against estimated rows, reported where it begins: notice from ${MISESTIMATE.notice}×, warning from ${MISESTIMATE.warning}×, severe from ${MISESTIMATE.severe}×; not for rows that the reader did not ask for (LIMIT, EXISTS, merge join)`,
    source: 'pev2, pgAdmin (thresholds); which rows count: execMain.c, nodeMergejoin.c',
    find: misestimated,
  },
  {
    name: 'spill',
    about: 'a sort on disk, a hash or groups in more than one batch, temporary files written: warning',
    source: 'pganalyze, RegreSQL',
    find: spills,
  },
  {
    name: 'lossy-bitmap',
    about: `lossy blocks of a bitmap, of all its blocks: ${from(LOSSY)}`,
    source: 'pganalyze',
    find: lossyBitmaps,
  },
  {
    name: 'heap-fetches',
    about: `rows of an index-only scan fetched from the table, from ${HEAP_FETCHES.leastFetches} on: ${from(HEAP_FETCHES)}; a notice on a view made in this transaction`,
    source: 'pev2; the visibility map is set by VACUUM alone',
    find: heapFetches,
  },
  {
    name: 'workers-missing',
    about: 'fewer workers launched than planned: warning',
    source: 'pgMustard, pganalyze',
    find: workersMissing,
  },
  {
    name: 'trigger',
    about: `a trigger's time, of the execution time, from ${TRIGGER.leastMs} ms on: ${from(TRIGGER)}`,
    source: 'EXPLAIN’s documentation: time of AFTER triggers is in no node',
    find: slowTriggers,
  },
  {
    name: 'jit',
    about: `compiling, of the execution time, from ${JIT.leastMs} ms on: ${from(JIT)}`,
    source: 'pev2, pganalyze',
    find: jitShare,
  },
  {
    name: 'nested-loop',
    about: `an inner side that ran ${formatThousands(NESTED_LOOP.leastLoops)} times or more, its share of the time: ${from(NESTED_LOOP)}`,
    source: 'pgMustard',
    find: nestedLoops,
  },
  {
    name: 'memory',
    about:
      'what the plan holds at once against the limit: severe above it, notice where its nodes might take more than it before they spill',
    source: 'REQ-09 of the case study; memory.ts',
    find: memoryAboveLimit,
  },
  {
    name: 'unusable-index',
    about: 'built, but passed over by the planner in this transaction: warning',
    source: 'pg_index.indcheckxmin',
    find: unusableIndexes,
  },
  {
    name: 'unused',
    about: 'a proposal that is on and about a table of this plan, but not used by it: notice',
    source: 'the question this tool is for',
    find: unusedProposals,
  },
  {
    name: 'hidden-plans',
    about: 'a function that runs queries of its own, or tasks that Citus does not show: notice',
    source: 'PL/pgSQL and SQL functions that are not inlined; auto_explain.log_nested_statements',
    find: hiddenPlans,
  },
];
