/** A survey's questions to a session, and the figures in the answers. */

import { median, sum } from '../base/statistics.ts';
import type { BackgroundAnswer, BackgroundTask } from '../session/backgroundTasks.ts';
import type { ProposalCost, WriteComparison } from '../session/cost.ts';
import { addedOf, type BuiltProposal, bytesOf, removedOf } from '../session/events.ts';
import { PROPOSAL_KINDS } from '../workload/proposalKinds.ts';
import type { Proposal } from '../workload/workload.ts';
import type { NextRun } from './rounds.ts';
import { type SurveyedPlan, type SurveyedProposal, wasRun } from './survey.ts';

export interface Question {
  readonly task: BackgroundTask;
  readonly learn: (answer: BackgroundAnswer) => void;
}

const UNUSABLE =
  'this transaction may not use the index (pg_index.indcheckxmin), because its rows changed while an older snapshot was in use; end older transactions, and begin again';

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
    refreshMs: refreshed ? sum(refreshes) : addsViews ? buildMs : 0,
    refreshHow: refreshed ? 'measured' : 'built',
    writeMs: cost === undefined ? undefined : writeMsOf(cost),
    unusable: unusable ?? (objects.every(({ usable }) => usable) ? undefined : UNUSABLE),
  };
}

/** Insert plus update of one row in each of its tables, ms; undefined: one of them was not measured. */
function writeMsOf({ tables }: ProposalCost): number | undefined {
  const added = tables.flatMap(({ insert, update }) => [insert, update]).map(addedMs);
  const known = added.filter(ms => ms !== undefined);
  // A proposal of a view has no table here: writes do not maintain it.
  return known.length < added.length ? undefined : sum(known);
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

export function planAfter(plan: SurveyedPlan, run: NextRun, answer: BackgroundAnswer): SurveyedPlan {
  switch (answer.kind) {
    case 'ran':
      if (run.look === 'counted') return { ...plan, runsMs: [...plan.runsMs, answer.ms] };
      // These looks return as much detail as the estimate, so the fingerprints are comparable.
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
            // A slow first run counts: caches do not change it enough to justify another run.
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
      // The earlier runs remain valid.
      if (run.because === 'budget' && wasRun(plan)) return plan;
      return { ...plan, stopped: { because: run.because, afterMs: answer.afterMs } };
    case 'failed':
      return run.look === 'tree' ? { ...plan, treeless: true } : { ...plan, failure: answer.reason };
    default:
      return plan;
  }
}
