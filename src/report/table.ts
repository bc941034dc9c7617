/** The check document → lines of text, free of Ink and of colour. Pure. */
import { formatBytes, formatFactor, formatMs, harmless, round } from '../format/index.ts';
import { columns } from './columns.ts';
import type { CheckDocument, CheckProposal, CheckQuery, CheckSide } from './document.ts';
import { writeCostSections } from './writeCostText.ts';

export { columns } from './columns.ts';

/** @returns Text with a trailing newline. */
export function checkTable(document: CheckDocument): string {
  const { storage, target, workload } = document;
  const sections = [
    `${harmless(target.label + (target.embedded ? '' : `, PostgreSQL ${target.serverVersion ?? '?'}`))}: everything was rolled back, nothing is committed`,
    columns(
      ['proposal', 'state', 'size', 'at production size', 'built in', 'used by'],
      document.proposals.map(proposal => proposalRow(proposal, document)),
      new Set([2, 3, 4]),
    ),
    budgetLine(storage, workload.budgets.storageBytes),
    ...writeCostSections(document),
    columns(
      ['#', 'query', 'before', 'after', 'change', 'target', 'how'],
      document.queries.map(queryRow),
      new Set([2, 3]),
    ),
    ...document.queries.flatMap(query =>
      [query.before, query.after]
        .filter(
          (side, index, sides) =>
            side.failure !== null && sides.findIndex(s => s.failure === side.failure) === index,
        )
        .map(side => `query ${query.number}: ${harmless(side.failure ?? '')}`),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

function proposalRow(proposal: CheckProposal, document: CheckDocument): string[] {
  const { projectedBytes } = proposal;
  const built = proposal.objects.every(object => object.usable) ? 'built' : 'built, unusable until committed';
  const on = proposal.state === 'built' ? built : proposal.state;
  const state = proposal.on ? on : proposal.state === 'built' ? 'off' : 'off, not built';
  return [
    proposal.id,
    proposal.reason === null ? state : `${state}: ${proposal.reason}`,
    proposal.bytes === null ? '' : formatBytes(proposal.bytes),
    projectedBytes === null ? '' : `${formatBytes(projectedBytes)} projected`,
    proposal.buildMs === null ? '' : formatMs(proposal.buildMs),
    !proposal.on
      ? ''
      : proposal.usedBy.length === 0
        ? 'no query'
        : proposal.usedBy.map(id => document.queries.find(query => query.id === id)?.number ?? id).join(', '),
  ];
}

function budgetLine(storage: CheckDocument['storage'], budget: number): string {
  const bound = storage.complete ? '' : 'at least ';
  const verdict = (bytes: number) =>
    bytes < budget ? (storage.complete ? 'within budget' : 'not known to fit') : 'OVER BUDGET';
  const here = `Budget: ${bound}${formatBytes(storage.bytes)} of ${round(formatBytes(budget))} here (${verdict(storage.bytes)})`;
  if (storage.projectedBytes === null) return `${here}; no projection: production row counts are not known`;
  const there = `${bound}${formatBytes(storage.projectedBytes)} projected at production size (${verdict(storage.projectedBytes)})`;
  return `${here}; ${there}\n        projected: ${harmless(storage.projectedAssumption ?? '')}`;
}

function queryRow(query: CheckQuery): string[] {
  const { before, after } = query;
  return [
    String(query.number),
    query.title,
    timeOf(before),
    timeOf(after),
    changeOf(query),
    after.meetsTarget === null
      ? `${round(formatMs(query.targetMs))}: not measured`
      : `${round(formatMs(query.targetMs))}: ${after.meetsTarget ? 'met' : 'MISSED'}`,
    howOf(query),
  ];
}

function howOf({ before, after, samePlan }: CheckQuery): string {
  if (after.how !== 'measured' && after.how !== 'reused') return after.how;
  const runs = (side: CheckSide) => (side.timedOutAfterMs === null ? String(side.runsMs.length) : 'stopped');
  const counts = samePlan ? runs(after) : `${runs(before)} → ${runs(after)}`;
  return `${samePlan ? 'one measurement' : after.how}, ${counts} ${counts === '1' ? 'run' : 'runs'}`;
}

function timeOf(side: CheckSide): string {
  if (side.timedOutAfterMs !== null) return `> ${round(formatMs(side.timedOutAfterMs))}`;
  return side.medianMs === null ? side.how : formatMs(side.medianMs);
}

function changeOf({ before, after, change }: CheckQuery): string {
  if (change === 'unknown') return '';
  if (change !== 'faster' && change !== 'slower') return change;
  const beforeMs = before.timedOutAfterMs ?? before.medianMs ?? 0;
  const afterMs = after.timedOutAfterMs ?? after.medianMs ?? 0;
  // A timeout is a bound: the change is at least this.
  const bound = before.timedOutAfterMs === null && after.timedOutAfterMs === null ? '' : '> ';
  const { text } = formatFactor(beforeMs / afterMs);
  return `${bound}${text} ${change === 'slower' ? 'SLOWER' : change}`;
}
