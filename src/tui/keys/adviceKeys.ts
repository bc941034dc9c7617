/** Keys of the advice and the suggestions: pages, the survey and the search behind them, and writing files. */

import { PAGES } from '../advice/adviceView.ts';
import { configurationAt } from '../advice/rows.ts';
import { folderEntered, prompted, withFolder } from '../state/folder.ts';
import type { State } from '../state/state.ts';
import { begunSearch, saved, stoppedSearch, toggleSuggestions } from '../state/suggest.ts';
import { askedProduction, askedProductionAgain, begun, pausedOrResumed, stopped } from '../state/survey.ts';
import type { Changes } from './changes.ts';
import { switchTo } from './proposalKeys.ts';

/** The first time it is opened a survey begins, where no consent is needed first. */
function toggleAdvice(state: State): State {
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

function withView(state: State, change: Partial<State['adviceView']>): State {
  return { ...state, adviceView: { ...state.adviceView, ...change } };
}

/** The first look at production's plans asks for them. */
function turned(state: State, at: number): State {
  const page = PAGES[(at + PAGES.length) % PAGES.length] ?? 'choices';
  const there = withView(state, { page, text: 0 });
  return page === 'production' ? askedProduction(there) : there;
}

const pageOf = ({ adviceView }: State): number => PAGES.indexOf(adviceView.page);

function columnMoved(state: State, by: 1 | -1): State {
  const last = Math.max(0, (state.survey?.advice?.proposals.length ?? 0) - 1);
  const column = Math.min(state.adviceView.column, last) + by;
  return withView(state, { column: Math.max(0, Math.min(column, last)), text: 0 });
}

export const adviceKeys = {
  advice: toggleAdvice,
  'next-page': state => turned(state, pageOf(state) + 1),
  'previous-page': state => turned(state, pageOf(state) - 1),
  'turn-to-page': (state, { key }) => turned(state, Number(key) - 1),
  left: state => columnMoved(state, -1),
  right: state => columnMoved(state, 1),
  'switch-to': state => switchTo(state, configurationAt(state) ?? state.on),
  'survey-begin': state =>
    state.adviceView.page === 'production' ? askedProductionAgain(state) : begun(state),
  'survey-pause': pausedOrResumed,
  'survey-stop': stopped,
  'write-change': prompted,
  'folder-write': folderEntered,
  'folder-cancel': state => withFolder(state, undefined),
  suggest: toggleSuggestions,
  'suggest-stop': stoppedSearch,
  'suggest-again': begunSearch,
  'suggest-save': saved,
} satisfies Changes;
