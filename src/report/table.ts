/** The check document → plain text, without color. */

import { roleNotes } from '../advisor/roleNotes.ts';
import {
  changeText,
  formatBytes,
  formatMs,
  formatRecall,
  formatThousands,
  round,
  sanitize,
} from '../base/format.ts';
import { append } from '../base/lists.ts';
import type { SessionSetting } from '../session/events.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import { columns } from './columns.ts';
import type { CheckDocument, CheckProposal, CheckQuery, CheckSide } from './document.ts';
import { productionSections } from './production.ts';
import { databaseName, nameOfQuery, queryName } from './reportNames.ts';
import { requirementSections } from './requirements.ts';
import { neverRunLines, triggerSections, triggerTexts } from './triggers.ts';
import { writeCostSections } from './writeCost.ts';

/** One line for each proposal and reason, without queries that do not read its table. */
export function unusedSections({ proposals, queries }: CheckDocument): string[] {
  const lines = proposals.flatMap(({ id, unused }) => {
    const groups = new Map<string, string[]>();
    for (const { query, text, readsTable } of unused)
      if (readsTable) append(groups, text, nameOfQuery(query, queries));
    return [...groups].map(([text, names]) =>
      sanitize(`  ${id}, ${names.length === 1 ? 'query' : 'queries'} ${names.join(', ')}: ${text}`),
    );
  });
  return lines.length === 0 ? [] : [`Not used:\n${lines.join('\n')}`];
}

/** @returns Text with a trailing newline. */
export function checkTable(document: CheckDocument): string {
  const { storage, target, workload } = document;
  const committed = document.invariants.find(({ id }) => id === 'nothing-committed')?.verdict.state;
  const sections = [
    titleLine(target, committed === 'fail'),
    ...settingsLines(document),
    ...roleNotes(target, target.user).map(note => sanitize(note)),
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
    ...triggerSections(document, query => queryName(query, document.queries)),
    ...unusedSections(document),
    ...neverRunLines(document, query => queryName(query, document.queries)),
    ...hiddenLines(document),
    ...unknownLines(document),
    ...answerLines(document),
    ...productionSections(document.production),
    ...requirementSections(document),
    ...notesLines(document),
    ...lensLines(document),
    ...document.queries.flatMap(query =>
      [query.before, query.after]
        .filter(
          (side, index, sides) =>
            side.failure !== null && sides.findIndex(s => s.failure === side.failure) === index,
        )
        .map(
          side => `query ${sanitize(queryName(query, document.queries))}: ${sanitize(side.failure ?? '')}`,
        ),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

function titleLine({ label, serverVersion, lens }: CheckDocument['target'], committed: boolean): string {
  if (lens !== null) return sanitize(`Lens of ${lens.of}: planned, nothing was run`);
  return `${sanitize(databaseName(label, serverVersion))}: everything was rolled back${committed ? '' : ', nothing is committed'}`;
}

/** Parts of a lens that differ from its database. */
function lensLines({ target: { lens } }: CheckDocument): string[] {
  if (lens === null || lens.hidden.length === 0) return [];
  const lines = lens.hidden.map(({ what, why }) => sanitize(`  ${what}: ${why}`));
  return [`Not in the lens, or not as it was:\n${lines.join('\n')}`];
}

/** `work_mem = 64MB (workload.json)` */
const settingsText = (settings: readonly SessionSetting[]): string =>
  settings.map(({ name, value, source }) => `${name} = ${value} (${source})`).join(', ');

function settingsLines({ settings }: CheckDocument): string[] {
  if (settings.length === 0) return [];
  return [sanitize(`Set for all queries, before and after: ${settingsText(settings)}`)];
}

/** Queries with plans that EXPLAIN does not show: their run times are valid for one configuration only. */
function hiddenLines({ queries }: CheckDocument): string[] {
  return queries.flatMap(query => {
    const { before, after, hiddenPlans } = query;
    const name = `query ${queryName(query, queries)}`;
    if (hiddenPlans.length > 0) {
      const calls = hiddenPlans.map(called => `${called}()`).join(', ');
      return sanitize(
        `${name} calls ${calls}, whose own plans EXPLAIN does not show: measured under each configuration`,
      );
    }
    const isHidden = [before, after].some(({ findings }) =>
      findings.some(({ rule }) => rule === 'hidden-plans'),
    );
    return isHidden ? sanitize(`${name}: Citus does not show its plan, nor which proposals it uses`) : [];
  });
}

/** Proposals whose effect is unknown, and what to do. */
const unknownLines = ({ proposals }: CheckDocument): string[] =>
  proposals.flatMap(({ id, unusable, note }) => [
    ...(unusable === null ? [] : [sanitize(`The effect of ${id} is unknown: ${unusable}`)]),
    ...(note === null ? [] : [sanitize(`${id}: ${note}`)]),
  ]);

/** Whether the rewrites return their queries' rows, with examples of different rows. */
function answerLines({ queries }: CheckDocument): string[] {
  const lines = queries.flatMap(query =>
    query.answers.flatMap(({ rewrite, verdict, explanation, how, columns, samples }) => {
      const word = verdict === 'different' ? 'DIFFERENT' : verdict;
      const said = `query ${queryName(query, queries)}, rewrite @${rewrite}: ${word}: ${explanation}${how === '' ? '' : ` (${how})`}`;
      const row = (cells: readonly (string | null)[]) => cells.map(cell => cell ?? 'NULL').join(' | ');
      const shown = [
        ...samples.original.map(cells => `  only in the query:   ${row(cells)}`),
        ...samples.rewrite.map(cells => `  only in the rewrite: ${row(cells)}`),
      ];
      const heading = shown.length === 0 ? [] : [`                       ${columns.join(' | ')}`];
      return [said, ...heading, ...shown].map(line => sanitize(line));
    }),
  );
  return lines.length === 0 ? [] : [`Same answer?\n${lines.join('\n')}`];
}

/** Remarks on existing indexes. */
function notesLines({ indexNotes }: CheckDocument): string[] {
  if (indexNotes.length === 0) return [];
  const lines = indexNotes.map(
    ({ name, table, bytes, text }) =>
      `  ${sanitize(name)} on ${sanitize(table)}, ${formatBytes(bytes)}: ${text}`,
  );
  return [`Indexes that exist, and that might go (a file with DROP INDEX tries it):\n${lines.join('\n')}`];
}

function proposalRow(proposal: CheckProposal, document: CheckDocument): string[] {
  const { projectedBytes } = proposal;
  if (proposal.inPlace !== null) return [proposal.id, `in place: ${proposal.inPlace}`, '', '', '', ''];
  const made = document.target.lens === null ? 'built' : 'in the lens';
  const built = proposal.unusable === null ? made : 'built, unusable until committed';
  const on = proposal.state === 'built' ? built : proposal.state;
  const off = proposal.state === 'built' ? 'off' : 'off, not built';
  const noted = [proposal.on ? on : off, ...proposal.notes].join('; ');
  const state = factsOf(proposal).standsForExisting ? stateOfIndex(proposal) : noted;
  return [
    proposal.id,
    proposal.reason === null ? state : `${state}: ${proposal.reason}`,
    proposal.bytes === null ? '' : formatBytes(proposal.bytes),
    projectedBytes === null ? '' : `${formatBytes(projectedBytes)} projected`,
    proposal.buildMs === null ? '' : formatMs(proposal.buildMs),
    !proposal.on && !factsOf(proposal).standsForExisting
      ? ''
      : proposal.unusable !== null
        ? 'unknown'
        : proposal.usedBy.length === 0
          ? 'no query'
          : [...new Set(proposal.usedBy.map(id => numberOf(id, document)))].join(', '),
  ];
}

/** A query's number; sets of values share it. */
const numberOf = (id: string, { queries }: CheckDocument) =>
  queries.find(query => query.id === id)?.number ?? id;

/** The state of an index to drop. */
function stateOfIndex({ state, on, notes }: CheckProposal): string {
  if (state !== 'built') return state;
  const said = notes.length === 0 ? '' : `; ${notes.join('; ')}`;
  return (on ? 'exists' : 'exists, switched off') + said;
}

function budgetLine(storage: CheckDocument['storage'], budget: number): string {
  const bound = storage.complete ? '' : 'at least ';
  const verdict = (bytes: number) =>
    bytes < budget ? (storage.complete ? 'within budget' : 'not known to fit') : 'OVER BUDGET';
  const here = `Budget: ${bound}${formatBytes(storage.bytes)} of ${round(formatBytes(budget))} here (${verdict(storage.bytes)})`;
  const freed =
    storage.freedBytes === 0
      ? ''
      : `\n        freed by what is switched off: ${formatBytes(storage.freedBytes)}`;
  const hypothetical =
    storage.hypotheticalBytes === 0
      ? ''
      : `\n        hypothetical, estimated through HypoPG: ${formatBytes(storage.hypotheticalBytes)} more here`;
  if (storage.projectedBytes === null)
    return `${here}; no projection: production row counts are not known${freed}${hypothetical}`;
  const there = `${bound}${formatBytes(storage.projectedBytes)} projected at production size (${verdict(storage.projectedBytes)})`;
  return `${here}; ${there}\n        projected: ${sanitize(storage.projectedAssumption ?? '')}${freed}${hypothetical}`;
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

function howOf({ before, after, samePlan, writes, rolledBack }: CheckQuery): string {
  if (after.how === 'hypothetical' || after.how === 'planned') {
    const cost = ({ estimatedCost }: CheckSide) => formatThousands(Math.round(estimatedCost ?? 0));
    return `${after.how}: cost ${cost(before)} → ${cost(after)}, never run${writes === null ? '' : ` (${writes})`}`;
  }
  if (after.how !== 'measured' && after.how !== 'reused') return after.how;
  const runs = (side: CheckSide) => (side.timedOutAfterMs === null ? String(side.runsMs.length) : 'stopped');
  const counts = samePlan ? runs(after) : `${runs(before)} → ${runs(after)}`;
  const undone = rolledBack ? `, rolled back (${writes})` : '';
  return `${samePlan ? 'one measurement' : after.how}, ${counts} ${counts === '1' ? 'run' : 'runs'}${undone}`;
}

function timeOf(side: CheckSide): string {
  return side.recall === null ? runTimeOf(side) : `${runTimeOf(side)}, recall ${formatRecall(side.recall)}`;
}

function runTimeOf(side: CheckSide): string {
  if (side.timedOutAfterMs !== null) return `> ${round(formatMs(side.timedOutAfterMs))}`;
  return side.medianMs === null ? side.how : formatMs(side.medianMs);
}

function changeOf({ before, after, change, tooFew, writes }: CheckQuery): string {
  if (change === 'unknown') {
    if (before.unknown !== null || after.unknown !== null) return 'unknown';
    if (writes !== null && before.how === 'planned' && after.how === 'planned') return 'other plan';
    return tooFew ? 'too few runs' : '';
  }
  if (change !== 'faster' && change !== 'slower') return change;
  const beforeMs = before.timedOutAfterMs ?? before.medianMs ?? 0;
  const afterMs = after.timedOutAfterMs ?? after.medianMs ?? 0;
  // With a timeout the change is a lower bound.
  const bound = before.timedOutAfterMs === null && after.timedOutAfterMs === null ? '' : '> ';
  return bound + changeText(change, beforeMs, afterMs).replace('slower', 'SLOWER');
}

/** Shared with the page. */
export const checkTexts = { timeOf, changeOf, triggerTexts };
