/** What a survey asks a session, and what it makes of the answers' figures. Pure. */

import { median } from '../base/statistics.ts';
import type { BackgroundAnswer, BackgroundTask } from '../session/backgroundTasks.ts';
import type { ProposalCost, WriteComparison } from '../session/cost.ts';
import { addedOf, type BuiltProposal, bytesOf, removedOf } from '../session/events.ts';
import { PROPOSAL_KINDS } from '../workload/proposalKinds.ts';
import type { Proposal } from '../workload/workload.ts';
import type { NextRun } from './rounds.ts';
import { type SurveyedPlan, type SurveyedProposal, wasRun } from './survey.ts';

export interface Question {
  readonly task: BackgroundTask;
  /** Its answer goes here. */
  readonly learn: (answer: BackgroundAnswer) => void;
}

const UNUSABLE =
  'this transaction may not use the index (pg_index.indcheckxmin), because its rows changed while an older snapshot was in use; end older transactions, and begin again';

/** A proposal with what building it showed. */
export function surveyedProposal(
  { id, title, kind }: Proposal,
  { objects, buildMs, cost, unusable }: BuiltProposal,
): SurveyedProposal {
  const { addsViews } = PROPOSAL_KINDS[kind];
  const refreshes = (cost?.views ?? []).map(({ runsMs }) => median(runsMs)).filter(ms => ms !== undefined);
  const refreshed = addsViews && refreshes.length > 0;
  return {
    id,
    title,
    kind,
    bytes: bytesOf(addedOf({ objects })),
    freedBytes: bytesOf(removedOf({ objects })),
    objects,
    buildMs,
    refreshMs: refreshed ? refreshes.reduce((sum, ms) => sum + ms, 0) : addsViews ? buildMs : 0,
    refreshHow: refreshed ? 'measured' : 'built',
    writeMs: cost === undefined ? undefined : writeMsOf(cost),
    unusable: unusable ?? (objects.every(({ usable }) => usable) ? undefined : UNUSABLE),
  };
}

/** What one row more costs in each of its tables, insert and update together, ms; undefined where it was not measured. */
function writeMsOf({ tables }: ProposalCost): number | undefined {
  const added = tables.flatMap(({ insert, update }) => [insert, update]).map(addedMs);
  const known = added.filter(ms => ms !== undefined);
  // A view costs those who write nothing: it has no such table.
  return known.length < added.length ? undefined : known.reduce((sum, ms) => sum + ms, 0);
}

function addedMs(comparison: WriteComparison): number | undefined {
  if ('reason' in comparison) return undefined;
  const msOfARow = (rates: readonly number[]) => {
    const rate = median(rates);
    return rate === undefined ? undefined : 1000 / rate;
  };
  const [without, withIt] = [
    msOfARow(comparison.without.rowsPerSecond),
    msOfARow(comparison.with.rowsPerSecond),
  ];
  return without === undefined || withIt === undefined ? undefined : Math.max(0, withIt - without);
}

const SLOW_MS = 1000;

/** A plan after one more answer about it. */
export function planAfter(plan: SurveyedPlan, run: NextRun, answer: BackgroundAnswer): SurveyedPlan {
  switch (answer.kind) {
    case 'ran':
      if (run.look === 'counted') return { ...plan, runsMs: [...plan.runsMs, answer.ms] };
      // These looks are as detailed as the estimate was.
      if (answer.plan.fingerprint !== plan.fingerprint)
        return {
          ...plan,
          failure: 'another plan was executed than was estimated: the statistics have changed',
        };
      switch (run.look) {
        case 'tree':
          return { ...plan, tree: answer.plan, treeless: !answer.plan.timed };
        case 'warm-up':
          return {
            ...plan,
            tree: answer.plan,
            firstMs: answer.ms,
            // What caches save of a slow one is not worth another run.
            runsMs: answer.ms < SLOW_MS ? [] : [answer.ms],
            stopped: undefined,
          };
        default:
          return {
            ...plan,
            tree: plan.tree ?? answer.plan,
            runsMs: [...plan.runsMs, answer.ms],
            stopped: undefined,
          };
      }
    case 'stopped':
      if (run.look === 'tree') return { ...plan, treeless: true };
      // What it took before still holds.
      if (run.because === 'budget' && wasRun(plan)) return plan;
      return { ...plan, stopped: { because: run.because, afterMs: answer.afterMs } };
    case 'failed':
      return run.look === 'tree' ? { ...plan, treeless: true } : { ...plan, failure: answer.reason };
    default:
      return plan;
  }
}
