/** All rules in one table. Thresholds are in thresholds.ts; docs/plans.md has the table for people. */

import { percent } from '../../format/percent.ts';
import { misestimated, nestedLoops } from './estimates.ts';
import { memoryAboveLimit, spills } from './memory.ts';
import { jitShare, workersMissing } from './parallel.ts';
import { hiddenPlans, unusableIndexes, unusedProposals } from './proposals.ts';
import { heapFetches, largeSeqScans, lossyBitmaps, rowsRemoved } from './reads.ts';
import {
  HEAP_FETCHES,
  JIT,
  LARGE_TABLE_ROWS,
  LOSSY,
  MISESTIMATE,
  NESTED_LOOP,
  REMOVED,
  TRIGGER,
} from './thresholds.ts';
import { slowTriggers } from './triggers.ts';
import type { Rule } from './types.ts';

const from = (limits: { readonly notice: number; readonly warning: number }): string =>
  `notice above ${percent(limits.notice)}, warning above ${percent(limits.warning)}`;

export const RULES: readonly Rule[] = [
  {
    name: 'seq-scan',
    about: `a sequential scan, parallel and sampling ones too, on a table of ${LARGE_TABLE_ROWS.toLocaleString('en')} rows or the workload's large_table_rows: severe here, warning where only production has as many`,
    source: 'REQ-08 of the case study; RegreSQL',
    find: largeSeqScans,
  },
  {
    name: 'rows-removed',
    about: `rows read and thrown away by a filter, of all rows read, from ${REMOVED.leastRows.toLocaleString('en')} on: ${from(REMOVED)}`,
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
    about: `an inner side that ran ${NESTED_LOOP.leastLoops.toLocaleString('en')} times or more, its share of the time: ${from(NESTED_LOOP)}`,
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
    about: 'a function that runs queries of its own: notice',
    source: 'PL/pgSQL and SQL functions that are not inlined; auto_explain.log_nested_statements',
    find: hiddenPlans,
  },
];
