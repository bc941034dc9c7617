/** The status line: what the session is doing right now. */

import { sanitize } from '../../base/format.ts';
import { productionWords, surveyNotice, surveyWords } from '../advice/survey.ts';
import { fitted, type Line, lineCells, spread, truncate } from '../cell.ts';
import { activities } from '../model/activities.ts';
import { figureOf } from '../model/figure.ts';
import { isAtProduction, showsPlanned } from '../model/inView.ts';
import { ageNotice, problemsNotice } from '../model/notices.ts';
import { isBaseline } from '../model/selectors.ts';
import { suggestionNotice } from '../overlays/suggestions.ts';
import type { State } from '../state/state.ts';
import { SHOWN, spinner } from '../words.ts';

/** What runs, and at the right, in short, the survey that runs behind it. */
export function statusLine(state: State): Line {
  const { columns } = state.size;
  const now = doingLine(state);
  const notices =
    state.phase !== 'exploring'
      ? []
      : [suggestionNotice(state), ...(isSurveying(state) ? [] : [surveyNotice(state)])];
  const notice = notices.filter(text => text !== '').join(' · ');
  if (notice === '') return fitted(now, columns);
  // What the person asked for comes first: half of the line at least.
  const text = truncate(sanitize(notice), Math.max(Math.floor(columns / 2), columns - lineCells(now) - 3));
  return spread(now, [{ text: `${text} `, color: 'cyan' }], columns);
}

/** A survey that runs alone has the whole line: the session is not idle. */
const isSurveying = (state: State): boolean =>
  state.phase === 'exploring' &&
  state.survey?.state === 'running' &&
  state.idle &&
  state.message === undefined &&
  !isOpening(state) &&
  activities(state).length === 0;

const isOpening = ({ atProduction, production, productionSurvey }: State): boolean =>
  (atProduction || productionSurvey?.state === 'waiting') && production?.state === 'opening';

function doingLine(state: State): Line {
  if (state.phase === 'closing') return [{ text: ` ${spinner(state.now)} rolling back` }];
  if (state.lost?.reconnecting === true)
    return [{ text: ` ${spinner(state.now)} reconnecting`, color: 'cyan' }];
  if (state.lost !== undefined) return [{ text: ' the connection is gone', color: 'red', bold: true }];
  if (state.question !== undefined)
    return [{ text: ` ${sanitize(state.question.text)} y yes, n no`, color: 'magenta', bold: true }];
  if (state.message !== undefined) return [{ text: ` ${state.message}`, color: 'cyan' }];
  if (isOpening(state))
    return [{ text: ` ${spinner(state.now)} production: ${state.production?.words ?? ''}`, color: 'cyan' }];
  const doing = activities(state);
  const queued = state.workload.proposals.filter(({ id }) => state.builds[id]?.state === 'queued').length;
  const waiting = queued > 0 ? ` · ${queued} more to build` : '';
  if (doing.length > 0) {
    // Nothing runs in a lens: beside production's plans it is the database here that is built and measured.
    const where = showsPlanned(state) ? 'here: ' : '';
    return [{ text: ` ${spinner(state.now)} ${where}${doing.join(' · ')}${waiting}`, color: 'cyan' }];
  }
  if (isSurveying(state)) {
    // Beside production's plans it must not look as if production were measured.
    const where = showsPlanned(state) || isAtProduction(state) ? SHOWN.surveyHere : 'survey';
    return [{ text: ` ${spinner(state.now)} ${where}: ${surveyWords(state)}`, color: 'cyan' }];
  }
  if (state.idle && state.productionSurvey?.state === 'planning')
    return [{ text: ` ${spinner(state.now)} plans of production: ${productionWords(state)}`, color: 'cyan' }];
  if (state.idle) {
    const old = ageNotice(state);
    if (old !== undefined) return [{ text: ` ${old}`, color: 'magenta', bold: true }];
    const notice = problemsNotice(state);
    const { rowSecurityBypassed = [] } = state.session ?? {};
    const bypassed =
      rowSecurityBypassed === null || rowSecurityBypassed.length === 0
        ? []
        : [`row security of ${rowSecurityBypassed.join(', ')} is bypassed (--role)`];
    const notices = [...bypassed, ...(notice === undefined ? [] : [notice])];
    const wrong = notices.map((text): Line[number] => ({ text: ` · ${sanitize(text)}`, color: 'magenta' }));
    const done = showsPlanned(state) ? SHOWN.allPlanned : leftOut(state);
    return [{ text: ` ${SHOWN.idle}${done}`, dim: true }, ...wrong];
  }
  return [{ text: ` ${spinner(state.now)} planning${waiting}`, color: 'cyan' }];
}

/** What an idle session has not measured, and how to have it measured. */
function leftOut(state: State): string {
  const sides = isBaseline(state) ? (['before'] as const) : (['before', 'after'] as const);
  const open = state.workload.queries.filter(({ id }) =>
    sides.some(side => {
      const figure = figureOf(state, id, side);
      return figure.how === 'estimated' || figure.how === 'failed';
    }),
  );
  const made = state.workload.queries.some(({ id }) => figureOf(state, id, 'after').how === 'hypothetical');
  const writing = state.workload.queries.some(({ id }) => figureOf(state, id, 'after').how === 'planned');
  if (open.length === 0 && writing)
    return `what writes${made ? ' or is hypothetical' : ''} is never run; all else is planned and measured`;
  if (open.length === 0)
    return made
      ? SHOWN.notBuildable
      : state.workload.queries.some(({ id }) => figureOf(state, id, 'after').how === 'unknown')
        ? 'what is unknown cannot be seen in this transaction (D: why); all else is planned and measured'
        : SHOWN.allMeasured;
  const numbers = open.map(({ number }) => `Q${number}`).join(', ');
  return `${numbers} not measured (cancelled or failed); r measures the query in view again`;
}
