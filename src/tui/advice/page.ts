/** The advice on the screen: how far its survey is, a table with a cursor, the text about it below, and where a change is written. */
import type { Advice } from '../../advisor/advice/advice.ts';
import { TIMES_ELSEWHERE } from '../../advisor/advice/plannedWords.ts';
import { sanitize } from '../../base/format.ts';
import { type Line, repeated, truncate, wrap } from '../cell.ts';
import { overlayRoom, overlayWidth } from '../layout.ts';
import type { State } from '../state/state.ts';
import { cannotSurveyProduction } from '../state/survey.ts';
import { type AdvicePage, PAGES } from './adviceView.ts';
import { choicesPage } from './choices.ts';
import { frontierPage } from './frontier.ts';
import { matrixPage } from './matrix.ts';
import { productionPage } from './production.ts';
import { productionSpan, surveySpan, whyNothing } from './survey.ts';

export interface PageLines {
  /** Always in view. */
  readonly table: readonly Line[];
  /** The text below the table; it scrolls. */
  readonly text: readonly Line[];
}

/** Builds the lines of a page. `room`: lines for the table and the text. */
export type PageOf = (state: State, advice: Advice, width: number, room: number) => PageLines;

const OF: Readonly<Record<Exclude<AdvicePage, 'production'>, PageOf>> = {
  choices: choicesPage,
  matrix: matrixPage,
  frontier: frontierPage,
};

export function adviceTitle({ adviceView }: State): string {
  const names = PAGES.map((page, index) => {
    const name = `${index + 1} ${page[0]?.toUpperCase()}${page.slice(1)}`;
    return page === adviceView.page ? `[${name}]` : ` ${name} `;
  });
  return `Advice ${names.join(' ')}`;
}

/** As many lines as the overlay has room for, at most. */
export function adviceLines(state: State): Line[] {
  const { width, foot, page, textRoom } = arranged(state);
  const span = state.adviceView.page === 'production' ? productionSpan(state) : surveySpan(state);
  // Above an empty page it has room for all its words.
  if (page === undefined)
    return [
      ...wrap(sanitize(span.text), width).map((text): Line => [{ ...span, text }]),
      [],
      ...nothingYet(state, width),
      ...foot,
    ];
  const head: Line = [truncated(span, width)];
  const { text } = page;
  const first = Math.max(0, Math.min(state.adviceView.text, text.length - textRoom));
  return [
    head,
    ...page.table,
    rule(first, textRoom, text.length, width),
    ...padded(text.slice(first, first + textRoom), textRoom),
    ...foot,
  ];
}

/** How long the text below the table is, and how much of it is in view. */
export function adviceText(state: State): { readonly lines: number; readonly room: number } {
  const { page, textRoom } = arranged(state);
  return { lines: page?.text.length ?? 0, room: textRoom };
}

function arranged(state: State) {
  const width = overlayWidth(state);
  const foot = footLines(state, width);
  // The line of the survey and the rule above the text.
  const room = overlayRoom(state) - 2 - foot.length;
  const page = pageInView(state, width, room);
  return { width, foot, page, textRoom: Math.max(1, room - (page?.table.length ?? 0)) };
}

/** undefined: nothing is known yet. */
function pageInView(state: State, width: number, room: number): PageLines | undefined {
  const { survey, productionSurvey } = state;
  const { page } = state.adviceView;
  if (page === 'production')
    return productionSurvey?.advice === undefined || cannotSurveyProduction(state) !== undefined
      ? undefined
      : productionPage(state, productionSurvey.advice, width, room);
  return survey?.advice && OF[page](state, survey.advice, width, room);
}

const MEASURED =
  'Nothing is known yet. First all proposals are built, then every configuration is planned, then plans that differ are run. Close this: it goes on in the background, and gives way to whatever you do.';
const PLANNED =
  'Which proposals production’s planner would use, and the smallest set that gives every query the same plan: PostgreSQL plans every configuration in a lens at production size. Nothing runs there, so there are no times. Close this: it goes on in the background.';

function nothingYet(state: State, width: number): Line[] {
  const isProduction = state.adviceView.page === 'production';
  if (!isProduction && state.survey === undefined) return [];
  // The reason why nothing is known may be longer than the line above.
  const why = isProduction ? whyNothing(state) : undefined;
  return [
    ...(why === undefined ? [] : [...wrap(why, width).map((text): Line => [{ text, color: 'magenta' }]), []]),
    ...wrap(isProduction ? `${PLANNED} ${TIMES_ELSEWHERE}` : MEASURED, width).map(
      (text): Line => [{ text, dim: true }],
    ),
  ];
}

/** Marks that more text follows. */
function rule(first: number, room: number, count: number, width: number): Line {
  const more = count > room ? ` ${first + 1}–${Math.min(count, first + room)} of ${count}, PgUp PgDn ` : '';
  return [{ text: `──${more}${repeated('─', width)}`.slice(0, Math.max(0, width)), dim: true }];
}

const padded = (lines: readonly Line[], room: number): Line[] =>
  Array.from({ length: room }, (_, index) => lines[index] ?? []);

function footLines({ adviceView: { folder, said }, survey }: State, width: number): Line[] {
  if (folder === undefined)
    return said === undefined
      ? []
      : wrap(sanitize(said), width).map((text): Line => [{ text, color: 'cyan' }]);
  const characters = [...folder.text];
  const typed = `${characters.slice(0, folder.at).join('')}█${characters.slice(folder.at).join('')}`;
  const count = survey?.advice?.proposals.length ?? 0;
  const what = `Write the change of ${folder.kept.length} of ${count} proposals to the folder: `;
  return [
    [{ text: truncate(what, width), bold: true }],
    ...wrap(sanitize(typed), width).map((text): Line => [{ text, bold: true }]),
    ...(folder.busy ? [[{ text: 'writing …', dim: true }]] : []),
    ...wrap(folder.refused ?? '', width).flatMap((text): Line[] =>
      text === '' ? [] : [[{ text: sanitize(text), color: 'red' }]],
    ),
  ];
}

const truncated = <T extends { readonly text: string }>(span: T, width: number): T => ({
  ...span,
  text: truncate(sanitize(span.text), width),
});
