/** The table of rules, and the rules about memory, workers, JIT, proposals and triggers. */
import { formatBytes, formatCalls, formatMs, formatThousands, percent } from '../../base/format.ts';
import { groupBy } from '../../base/lists.ts';
import { spillsOf } from '../memory/memory.ts';
import { isUsed } from '../uses.ts';
import {
  HEAP_FETCHES,
  JIT,
  LARGE_TABLE_ROWS,
  LOSSY,
  MISESTIMATE,
  NESTED_LOOP,
  type Observation,
  observed,
  REMOVED,
  type Rule,
  type RuleInput,
  severityAbove,
  TRIGGER,
} from './finding.ts';
import { heapFetches, largeSeqScans, lossyBitmaps, misestimated, nestedLoops, rowsRemoved } from './reads.ts';

function spills({ nodes, parents }: RuleInput): readonly Observation[] {
  return spillsOf(nodes, parents).map(({ node, text }) => ({
    severity: 'warning',
    nodeId: node.id,
    text,
    next: 'more work_mem, fewer or narrower rows, or an index that has them in order',
  }));
}

/** PostgreSQL limits each node of each process, never the whole query, and other viewers show no sum. */
function memoryAboveLimit({ memory, memoryLimitBytes }: RuleInput): readonly Observation[] {
  const { heldBytes, allowedBytes, measured, holders } = memory;
  if (memoryLimitBytes === undefined || allowedBytes <= memoryLimitBytes) return [];
  const limit = formatBytes(memoryLimitBytes);
  const none = holders.every(holder => holder.how === 'estimated');
  const how = measured ? 'measured' : none ? 'estimated' : 'partly estimated';
  // The sum leaves out what another server holds.
  const most = holders
    .filter(({ node }) => node.scope === 0)
    .reduce((best, holder) => (holder.heldBytes > best.heldBytes ? holder : best));
  if (heldBytes > memoryLimitBytes) {
    return [
      {
        severity: 'severe',
        nodeId: most.node.id,
        text: `the plan holds ${formatBytes(heldBytes)} in memory at once (${how}), above the limit of ${limit}; most of it here`,
        next: 'less work_mem, fewer workers, or fewer rows to sort and hash',
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

function workersMissing({ nodes }: RuleInput): readonly Observation[] {
  return observed(nodes, node => {
    const { workersPlanned: planned = 0, workersLaunched: launched = planned, actual } = node;
    if (actual?.executed !== true || launched >= planned) return undefined;
    return {
      severity: 'warning',
      nodeId: node.id,
      text: `${launched} of ${planned} planned workers started`,
      next: 'measure when the server is idle, or raise max_parallel_workers: this time is not the plan’s usual one',
    };
  });
}

function jitShare({ plan }: RuleInput): readonly Observation[] {
  const { jit } = plan.statement;
  const whole = plan.executionMs ?? plan.root.actual?.inclusiveMs;
  if (jit?.ms === undefined || jit.ms < JIT.leastMs || whole === undefined || whole <= 0) return [];
  const share = Math.min(1, jit.ms / whole);
  const severity = severityAbove(JIT, share);
  if (severity === undefined) return [];
  return [
    {
      severity,
      nodeId: undefined,
      text: `${formatMs(jit.ms)} went into compiling ${jit.functions} functions (JIT), ${percent(share)} of the execution`,
      next: 'jit = off for this query, or a higher jit_above_cost',
    },
  ];
}

/** The planner silently ignores a new index of a table whose rows were HOT-updated under an older snapshot. */
function unusableIndexes({ nodes, proposed = [] }: RuleInput): readonly Observation[] {
  return observed(proposed, ({ kind, name, table, usable }) => {
    const scan = nodes.find(({ relation }) => relation === table);
    if (kind !== 'index' || usable || scan === undefined) return undefined;
    return {
      severity: 'warning',
      nodeId: scan.id,
      text: `${name} is built, but unusable until committed: rows of ${table} were changed in place while older snapshots see them`,
      next: 'start again while no older transaction runs: then the planner can use it',
    };
  });
}

/** Such plans can change without the fingerprint. */
const hiddenPlans = ({ plan }: RuleInput): readonly Observation[] => [
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
  text: 'plan not shown: Citus repartitions rows and does not show the plans of the servers',
  next: 'its run time is measured under each configuration',
};

/** Only for queries that read the proposal's tables. */
function unusedProposals({ plan, nodes, proposed = [] }: RuleInput): readonly Observation[] {
  // A plan does not show that it relies on extended statistics; only a session finds that out.
  const visible = proposed.filter(
    ({ kind, usable }) => usable && (kind !== 'statistics' || plan.uses !== undefined),
  );
  const objects = groupBy(visible, ({ proposal }) => proposal);
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
      next: 'check whether another query needs it: else it only costs space and slows writes',
    },
  ];
}

/** AFTER triggers are part of the execution time, but of no node's time. */
function slowTriggers({ plan }: RuleInput): readonly Observation[] {
  const whole = plan.executionMs;
  return observed(plan.statement.triggers, ({ name, relation, ms, calls, constraint }) => {
    if (ms === undefined || ms < TRIGGER.leastMs || whole === undefined || whole <= 0) return undefined;
    const share = Math.min(1, ms / whole);
    const severity = severityAbove(TRIGGER, share);
    if (severity === undefined) return undefined;
    const trigger = relation === undefined ? name : `${name} on ${relation}`;
    return {
      severity,
      nodeId: undefined,
      text: `trigger ${trigger} took ${formatMs(ms)} in ${formatCalls(calls)}, ${percent(share)} of the execution`,
      next: constraint
        ? 'it checks a foreign key: an index on the referencing columns helps if rows are deleted or keys updated'
        : 'check what the trigger’s function does for each row; a statement trigger runs once',
    };
  });
}

// All rules. docs/findings.md follows from this table (`npm run docs`).

const from = (limits: { readonly notice: number; readonly warning: number }): string =>
  `notice above ${percent(limits.notice)}, warning above ${percent(limits.warning)}`;

export const RULES: readonly Rule[] = [
  {
    name: 'seq-scan',
    about: `a sequential scan, also a parallel or sampling one, on a table of ${formatThousands(LARGE_TABLE_ROWS)} rows or the workload's large_table_rows: severe here, warning if only production has as many`,
    source: 'REQ-08 of the case study; RegreSQL',
    find: largeSeqScans,
  },
  {
    name: 'rows-removed',
    about: `share of the rows read that a filter removed, from ${formatThousands(REMOVED.leastRows)} on: ${from(REMOVED)}`,
    source: 'pev2',
    find: rowsRemoved,
  },
  {
    name: 'misestimate',
    about: `actual against estimated rows, reported where it begins: notice from ${MISESTIMATE.notice}×, warning from ${MISESTIMATE.warning}×, severe from ${MISESTIMATE.severe}×; not if the reader stopped early (LIMIT, EXISTS, merge join)`,
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
    about: `share of a bitmap’s blocks that are lossy: ${from(LOSSY)}`,
    source: 'pganalyze',
    find: lossyBitmaps,
  },
  {
    name: 'heap-fetches',
    about: `share of an index-only scan’s rows that were fetched from the table, from ${HEAP_FETCHES.leastFetches} on: ${from(HEAP_FETCHES)}; a notice on a view made in this transaction`,
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
    about: `a trigger’s share of the execution time, from ${TRIGGER.leastMs} ms on: ${from(TRIGGER)}`,
    source: 'EXPLAIN’s documentation: time of AFTER triggers is in no node',
    find: slowTriggers,
  },
  {
    name: 'jit',
    about: `the share of the execution time that compiling took, from ${JIT.leastMs} ms on: ${from(JIT)}`,
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
      'memory that the plan holds at once: severe above the limit, notice if its nodes could exceed the limit before they spill',
    source: 'REQ-09 of the case study; memory.ts',
    needs: 'surroundings',
    find: memoryAboveLimit,
  },
  {
    name: 'unusable-index',
    about: 'an index that the planner ignores in this transaction: warning',
    source: 'pg_index.indcheckxmin',
    needs: 'surroundings',
    find: unusableIndexes,
  },
  {
    name: 'unused',
    about: 'a proposal that is on and concerns a table of this plan, but is not used: notice',
    source: 'the question this tool is for',
    needs: 'surroundings',
    find: unusedProposals,
  },
  {
    name: 'hidden-plans',
    about: 'a function that runs queries of its own, or tasks that Citus does not show: notice',
    source: 'PL/pgSQL and SQL functions that are not inlined; auto_explain.log_nested_statements',
    find: hiddenPlans,
  },
];
