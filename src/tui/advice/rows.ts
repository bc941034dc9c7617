/** The configurations that an advice offers, as rows to walk through. */
import type { Advice } from '../../advisor/advice/advice.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import type { PlannedAdvice } from '../../advisor/advice/planned.ts';
import { passes } from '../model/selectors.ts';
import type { State } from '../state/state.ts';
import { isUnderWay } from '../state/survey.ts';

export interface ChoiceRow {
  readonly name: string;
  /** null: not known. */
  readonly choice: ChoiceModel | null;
}

export function choiceRows(state: State, advice: Advice): readonly ChoiceRow[] {
  const { recommended, cheapest, nearFastest, everything, baseline } = advice;
  const fastest = isUnderWay(state) && isOpen(advice) ? null : advice.fastest;
  return [
    { name: 'recommended', choice: recommended },
    { name: 'cheapest', choice: cheapest },
    { name: 'near the fastest', choice: nearFastest },
    { name: 'fastest', choice: fastest },
    { name: 'all proposals', choice: everything },
    { name: 'baseline', choice: baseline },
  ];
}

/** Before enough runs are made next to nothing is clearly slower than the least total, and the cheapest of that is not the fastest. */
const isOpen = ({ fastest, nearFastest }: Advice): boolean =>
  (fastest?.costs.totalMs ?? 0) > (nearFastest?.costs.totalMs ?? 0) * 1.05;

/** A row of the page of production's plans. */
export interface SetRow {
  readonly name: string;
  readonly choice: ChoiceModel;
  readonly meaning?: string;
}

export function setRows({ samePlans, everything, baseline }: PlannedAdvice): readonly SetRow[] {
  const meaning = 'the smallest set under which every query has the plan that all proposals give it';
  return [
    ...(samePlans === null ? [] : [{ name: 'same plans', choice: samePlans, meaning }]),
    { name: 'all proposals', choice: everything },
    { name: 'baseline', choice: baseline },
  ];
}

/** The set under the cursor; undefined on a proposal, which come after the sets. */
export function setAt(state: State): SetRow | undefined {
  const advice = state.productionSurvey?.advice;
  return advice === undefined ? undefined : setRows(advice)[rowOf(state)];
}

export type FrontierPoint = Advice['frontier']['points'][number];

/** What is on now, in the workload's order, as a survey lists its configurations. */
export const isOnNow = ({ on }: State, proposals: readonly string[]): boolean =>
  on.length === proposals.length && on.every((id, index) => proposals[index] === id);

/** If the current configuration is on the frontier, the cursor stands there; else at its last row. */
function frontierCursor(state: State, points: readonly FrontierPoint[]): number {
  const at = points.findIndex(({ proposals }) => isOnNow(state, proposals));
  return at >= 0 ? at : Math.max(0, Math.min(state.adviceView.rows.frontier, points.length - 1));
}

/** The text of each row that a filter searches. */
function textsOf(state: State): readonly string[] {
  const { adviceView, survey, productionSurvey } = state;
  if (adviceView.page === 'production') {
    const planned = productionSurvey?.advice;
    if (planned === undefined) return [];
    return [
      ...setRows(planned).map(({ name, choice }) => [name, ...choice.proposals].join(' ')),
      ...planned.proposals.map(({ id }) => id),
    ];
  }
  const advice = survey?.advice;
  if (advice === undefined) return [];
  if (adviceView.page === 'choices')
    return choiceRows(state, advice).map(({ name, choice }) =>
      [name, ...(choice?.proposals ?? [])].join(' '),
    );
  return adviceView.page === 'matrix'
    ? advice.queries.map(({ number, title }) => `${number} ${title}`)
    : advice.frontier.points.map(({ proposals }) => proposals.join(' '));
}

/** The rows of the page that the filter leaves, as places in the whole table: the cursor walks through them. */
export const adviceRows = (state: State): readonly number[] =>
  textsOf(state).flatMap((text, row) => (passes(state, 'advice', text) ? [row] : []));

/** The row under the cursor; the nearest before it where that is hidden, or gone. -1 where none is in view. */
export function rowOf(state: State): number {
  const { adviceView, survey } = state;
  const rows = adviceRows(state);
  const points = survey?.advice?.frontier.points ?? [];
  const at =
    adviceView.page === 'frontier' ? frontierCursor(state, points) : adviceView.rows[adviceView.page];
  return rows.includes(at) ? at : (rows.findLast(row => row < at) ?? rows[0] ?? -1);
}

/**
 * Proposals of the configuration under the cursor. A row of the matrix or of a proposal is no configuration: there, the
 * proposals that are on. undefined: none is known.
 */
export function configurationAt(state: State): readonly string[] | undefined {
  const { adviceView, survey, productionSurvey } = state;
  if (adviceView.page === 'production')
    return productionSurvey?.advice === undefined ? undefined : (setAt(state)?.choice.proposals ?? state.on);
  const advice = survey?.advice;
  if (advice === undefined) return undefined;
  if (adviceView.page === 'matrix') return state.on;
  const row = rowOf(state);
  return adviceView.page === 'choices'
    ? choiceRows(state, advice)[row]?.choice?.proposals
    : advice.frontier.points[row]?.proposals;
}
