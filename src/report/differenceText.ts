/** The difference of two plans as text for pipes and files. */
import { formatCount, formatMs, plural, sanitize } from '../base/format.ts';
import { estimatedRows } from '../plan/accounting/estimates.ts';
import { selfAmounts } from '../plan/accounting/exclusive.ts';
import { changesOf, cosmeticChanges } from '../plan/difference/changes.ts';
import { diffPlans, type PlanDiff } from '../plan/difference/diff.ts';
import { changeInWords, differenceOf, type FigureChange } from '../plan/difference/figures.ts';
import { unifiedRows } from '../plan/difference/unifiedRows.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import { flattenPlan, treeLines } from '../plan/tree.ts';
import { fittingGuide, left, PIPE_WIDTH, right, wrapped } from './columns.ts';
import { findingSection, nodeLabel, summary } from './planText.ts';

const VALUE = 8;
const ROWS = 7;
/** Columns for a node's label, whatever its depth. */
const LABEL = 40;
const MARKS = { same: ' ', added: '+', removed: '-', changed: '~', moved: '>' } as const;

/**
 * @param width Maximum columns of a line.
 * @returns Lines without a trailing newline.
 */
export function differenceLines(before: Plan, after: Plan, width = PIPE_WIDTH): string[] {
  const diff = diffPlans(before, after);
  const timed = before.timed && after.timed;
  // Compare estimates if only one plan was executed.
  const comparable = before.analyzed === after.analyzed;
  const sides = {
    before: sideOf(before, selfAmounts(before, timed), comparable),
    after: sideOf(after, selfAmounts(after, timed), comparable),
  };
  const format = timed ? formatMs : formatCount;
  const title = timed ? 'after self' : 'after self cost';
  const columns = Math.max(VALUE + 3, title.length);
  const heading = `${right('before', VALUE)} → ${left(title, columns)} ${right('before', ROWS)} → ${left(comparable ? 'after rows' : 'after est.', ROWS + 3)}   node`;
  const blank = ' '.repeat(heading.length - 'node'.length);
  const room = Math.max(0, width - blank.length - LABEL);
  const lines = unifiedRows(diff).flatMap(row => {
    const one = row.before === undefined ? undefined : sides.before[row.before];
    const two = row.after === undefined ? undefined : sides.after[row.after];
    const shown = two ?? one;
    if (shown === undefined) return [];
    const change = row.after === undefined ? diff.before[row.before ?? -1] : diff.after[row.after];
    const text = change?.text === undefined || change.text === '' ? '' : `  [${sanitize(change.text)}]`;
    const cell = (side: typeof one) => (side === undefined || side.never ? '' : format(side.amount));
    const arrow = one !== undefined && two !== undefined ? ' → ' : '   ';
    const figures = `${right(cell(one), VALUE)}${arrow}${left(cell(two), columns)} ${right(one?.rows ?? '', ROWS)}${arrow}${left(two?.rows ?? '', ROWS + 3)} ${MARKS[change?.status ?? 'same']} `;
    const guide = (strokes: string) => fittingGuide(strokes, shown.depth, room);
    return wrapped(
      `${figures}${guide(shown.guide)}`,
      `${shown.label}${text}`,
      width,
      `${blank}${guide(shown.continuation)}  `,
    );
  });
  const { settings, totals, steps, findings } = differenceOf(before, after, diff);
  const labels = flattenPlan(before).map(nodeLabel);
  return [
    ...wrapped('before: ', summary(before), width),
    ...wrapped('after:  ', summary(after), width),
    '',
    ...wrapped('', verdict(before, after, diff), width, '  '),
    '',
    heading,
    ...lines,
    ...changeLines(before, after, diff, format, width),
    ...twoSided('Settings', settings, width, 'not listed'),
    ...twoSided('Totals', totals, width),
    ...twoSided(
      'Steps',
      steps.map(change => ({ ...change, what: `${labels[change.nodeBefore]}: ${change.what}` })),
      width,
    ),
    ...findingSection('Findings gone', findings.gone, before, width),
    ...findingSection('Findings new', findings.added, after, width),
    ...findingSection(
      'Findings in both plans, as they are after',
      findings.unchanged.map(pair => pair.after),
      after,
      width,
    ),
  ].map(line => line.trimEnd());
}

/** `work_mem: 64kB → 64MB`, without changes that look the same when formatted. */
function twoSided(title: string, changes: readonly FigureChange[], width: number, none?: string): string[] {
  const lines = changes.flatMap(change => {
    const words = changeInWords(change, none);
    return words === undefined ? [] : wrapped('  ', sanitize(`${change.what}: ${words}`), width, '    ');
  });
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function rowsAgainst(node: PlanNode, estimated: number, comparable: boolean): string {
  if (!comparable) return node.hasEstimates ? formatCount(estimated) : '';
  return node.actual?.executed === false ? 'never' : formatCount(node.actual?.rows ?? estimated);
}

function sideOf(plan: Plan, amounts: readonly number[], comparable: boolean) {
  const estimated = estimatedRows(flattenPlan(plan), plan.settings);
  return treeLines(plan).map(({ node, guide, continuation }) => ({
    guide,
    continuation,
    depth: node.depth,
    label: nodeLabel(node),
    amount: amounts[node.id] ?? 0,
    never: comparable && node.actual?.executed === false,
    rows: rowsAgainst(node, estimated[node.id] ?? 0, comparable),
  }));
}

function verdict(before: Plan, after: Plan, diff: PlanDiff): string {
  const cosmetic = cosmeticChanges(before, after, diff);
  if (diff.identical)
    return cosmetic === 0
      ? 'The same plan.'
      : `The same plan; costs or estimates differ at ${plural(cosmetic, 'node')}, which is cosmetic.`;
  const counts = { added: 0, removed: 0, changed: 0, moved: 0, same: 0 };
  for (const { status } of diff.before) counts[status]++;
  for (const { status } of diff.after) if (status === 'added') counts.added++;
  // The same signs as in the tree.
  const counted = (['changed', 'added', 'removed', 'moved'] as const).flatMap(status =>
    counts[status] === 0 ? [] : [`${counts[status]} ${status} (${MARKS[status]})`],
  );
  return `Another plan: ${[...counted, `${counts.same} the same`].join(', ')}.`;
}

const MOST_CHANGES = 10;

function changeLines(
  before: Plan,
  after: Plan,
  diff: PlanDiff,
  format: (amount: number) => string,
  width: number,
): string[] {
  const changes = changesOf(before, after, diff);
  if (changes.length === 0) return [];
  const nodes = { before: flattenPlan(before), after: flattenPlan(after) };
  const lines = changes.slice(0, MOST_CHANGES).flatMap(change => {
    const node = nodes.after[change.after ?? -1] ?? nodes.before[change.before ?? -1];
    const text = change.before === undefined ? '' : (diff.before[change.before]?.text ?? '');
    const sign = change.delta < 0 ? '−' : change.delta > 0 ? '+' : '';
    const lead = `  ${right(`${sign}${format(Math.abs(change.delta))}`, VALUE)} ${MARKS[change.status]} `;
    const label = node === undefined ? '' : nodeLabel(node);
    return wrapped(lead, `${label}${text === '' ? '' : `  [${sanitize(text)}]`}`, width);
  });
  const more = changes.length > MOST_CHANGES ? [`  and ${changes.length - MOST_CHANGES} more`] : [];
  const what = before.timed && after.timed ? 'self time' : 'self cost';
  return ['', `Changes of ${what}, the biggest first`, ...lines, ...more];
}
