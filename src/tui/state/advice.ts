/** Keys in the advice: its pages, its rows, the survey behind it, and the change that is written. */

import { adviceText } from '../advice/page.ts';
import { configurationAt, rowCount, rowOf } from '../advice/rows.ts';
import { PAGES } from '../advice/types.ts';
import type { CommandId } from '../keymap.ts';
import { isMove, type Move, target } from '../move.ts';
import { lookedAgain, lookedAhead } from './ahead.ts';
import { prompted } from './folder.ts';
import { begun, pausedOrResumed, stopped } from './survey.ts';
import { switchTo } from './switches.ts';
import type { State } from './types.ts';

/** The first time it is opened a survey begins, where no consent is needed first. */
export function toggleAdvice(state: State): State {
  if (state.overlay?.kind === 'advice') return { ...state, overlay: undefined };
  const opened: State = { ...state, overlay: { kind: 'advice', scroll: 0 } };
  // In a lens there are plans and no times.
  const { page } = state.adviceView;
  const open = turned(opened, PAGES.indexOf(state.session?.lens === undefined ? page : 'production'));
  if (open.survey === undefined) return open.target.asksFirst === true ? open : begun(open);
  return open.survey.seen || open.survey.state === 'running'
    ? open
    : { ...open, survey: { ...open.survey, seen: true } };
}

/** undefined: not a key of the advice. */
export function reduceAdvice(given: State, command: CommandId, key: string): State | undefined {
  const state = given.adviceView.said === undefined ? given : withView(given, { said: undefined });
  if (isMove(command)) return moved(state, command);
  const at = PAGES.indexOf(state.adviceView.page);
  const isOfProduction = state.adviceView.page === 'production';
  switch (command) {
    case 'next-page':
      return turned(state, at + 1);
    case 'previous-page':
      return turned(state, at - 1 + PAGES.length);
    case 'page':
      return turned(state, Number(key) - 1);
    case 'left':
      return withView(state, { column: Math.max(0, columnOf(state) - 1), text: 0 });
    case 'right':
      return withView(state, { column: Math.min(lastColumn(state), columnOf(state) + 1), text: 0 });
    case 'open': {
      const configuration = configurationAt(state);
      return configuration === undefined ? state : switchTo(state, configuration);
    }
    // What is measured here has its keys on its own pages.
    case 'survey-begin':
      return isOfProduction ? lookedAgain(state) : begun(state);
    case 'survey-pause':
      return isOfProduction ? state : pausedOrResumed(state);
    case 'survey-stop':
      return isOfProduction ? state : stopped(state);
    case 'write-change':
      return prompted(state);
    default:
      return undefined;
  }
}

function withView(state: State, change: Partial<State['adviceView']>): State {
  return { ...state, adviceView: { ...state.adviceView, ...change } };
}

/** The first look at production's plans asks for them. */
function turned(state: State, at: number): State {
  const page = PAGES[at % PAGES.length] ?? 'choices';
  const there = withView(state, { page, text: 0 });
  return page === 'production' ? lookedAhead(there) : there;
}

const lastColumn = ({ survey }: State): number => Math.max(0, (survey?.advice?.proposals.length ?? 0) - 1);
const columnOf = (state: State): number => Math.min(state.adviceView.column, lastColumn(state));

/** Lines and ends are the table's, pages the text's below it. On the frontier moving the cursor switches. */
function moved(state: State, move: Move): State {
  const { adviceView } = state;
  if (move === 'page-up' || move === 'page-down') {
    const { lines, room } = adviceText(state);
    const last = Math.max(1, lines - room + 1);
    return withView(state, { text: target(move, adviceView.text, last, room) });
  }
  const count = rowCount(state);
  if (count === 0) return state;
  const row = target(move, rowOf(state), count, count);
  const there = withView(state, { rows: { ...adviceView.rows, [adviceView.page]: row }, text: 0 });
  if (adviceView.page !== 'frontier') return there;
  const point = state.survey?.advice?.frontier.points[row];
  return point === undefined ? there : switchTo(there, point.proposals);
}
