/** The tables of production's plans: sets to keep, and what each proposal does to which query's plan. */

import { metBy } from '../../advisor/advice/choiceText.ts';
import type { PlannedAdvice, PlansOfProposal } from '../../advisor/advice/planned.ts';
import { numbersText, PLANS_COLUMNS } from '../../advisor/advice/plannedWords.ts';
import { bytesText, letterOf, lettersText } from '../../advisor/advice/words.ts';
import { sanitize } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { type Line, truncateMiddle } from '../cell.ts';
import { row } from '../frame.ts';
import { firstVisible } from '../layout.ts';
import { soughtIn } from '../model/selectors.ts';
import type { State } from '../state/state.ts';
import { type Column, lettersFound, rowSpans, rowText, wholeColumns, widthsOf } from './cells.ts';
import { adviceRows, isOnNow, type SetRow } from './rows.ts';

/** Cells for a list of queries; the text of the row under the cursor names them all. */
const NUMBERS = 14;
const NAME = 40;

export function tableOfSets(
  state: State,
  advice: PlannedAdvice,
  sets: readonly SetRow[],
  cursor: number,
  width: number,
): Line[] {
  const columns: readonly Column[] = [
    { name: '' },
    { name: 'keep', most: Math.max(9, width - 60) },
    { name: 'size there', figure: true },
    { name: 'other plans' },
    { name: 'meets' },
  ];
  const texts = sets.map(({ name, choice }) => {
    const planned = choice.queries.filter(({ plan }) => plan !== null);
    const others = planned.filter(({ verdict }) => verdict.kind !== 'same plan');
    const { met, judged } = metBy(choice);
    return [
      name,
      lettersText(advice, choice.proposals),
      bytesText(choice.costs.netBytes),
      `${others.length} of ${planned.length}`,
      judged === 0 ? '' : `${met} of ${judged}`,
    ];
  });
  const widths = wholeColumns(widthsOf(columns, texts), width);
  const rows = adviceRows(state);
  const sought = [soughtIn(state, 'advice'), lettersFound(state, advice)];
  return [
    [{ text: `   ${headingOf(columns, widths)}`, dim: true }],
    ...sets.flatMap(({ choice }, index) => {
      if (!rows.includes(index)) return [];
      const bold = isOnNow(state, choice.proposals);
      const spans = rowSpans(columns, texts[index] ?? [], widths, sought, { bold });
      return [row([{ text: bold ? '● ' : '  ', bold }, ...spans], width, index === cursor, true, index)];
    }),
  ];
}

/** @param cursor The proposal under it; below 0 it is on a set. @param sets Rows above, which count as well. */
export function tableOfProposals(
  state: State,
  advice: PlannedAdvice,
  proposals: readonly PlansOfProposal[],
  cursor: number,
  width: number,
  height: number,
  sets: number,
): Line[] {
  const columns: readonly Column[] = PLANS_COLUMNS.map((name, at) =>
    at === 0 ? { name, figure: true } : { name, most: NUMBERS },
  );
  const texts = proposals.map(({ bytes, alone, added, read, readByAny }) => [
    bytesText(bytes),
    ...[alone, added, read, readByAny].map(queries => numbersText(advice, queries)),
  ]);
  const widths = widthsOf(columns, texts);
  const taken = widths.reduce((sum, each) => sum + each + 2, 0);
  const names = proposals.map(({ id }, at) => nameOf(advice, id, at));
  const name: Column = { name: 'proposal', most: Math.max(8, Math.min(NAME, width - taken - 3)) };
  const [nameWidth = 0] = widthsOf(
    [name],
    names.map(one => [one]),
  );
  const all = wholeColumns([nameWidth, ...widths], width);
  const rows = adviceRows(state).flatMap(at => (at < sets ? [] : [at - sets]));
  const first = firstVisible(Math.max(0, rows.indexOf(cursor)), rows.length, height);
  return [
    [{ text: `   ${headingOf([name, ...columns], all)}`, dim: true }],
    ...rows.slice(first, first + height).map(at => {
      const cells = [truncateMiddle(names[at] ?? '', nameWidth), ...(texts[at] ?? [])];
      const spans = rowSpans([name, ...columns], cells, all, [soughtIn(state, 'advice')]);
      return row([{ text: '  ' }, ...spans], width, at === cursor, true, sets + at);
    }),
  ];
}

const headingOf = (columns: readonly Column[], widths: readonly number[]): string =>
  rowText(
    columns,
    columns.map(({ name }) => name),
    widths,
  );

/** `A idx_orders_date`, with the mark of its kind. */
export function nameOf({ proposals }: PlannedAdvice, id: string, at: number): string {
  const proposal = proposals[at];
  return sanitize(`${letterOf(at)} ${id}${proposal === undefined ? '' : factsOf(proposal).mark}`);
}
