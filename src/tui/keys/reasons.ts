/** Why a key cannot act now, in one line; undefined where it can. The rows of the key table name these. */
import { adviceRows, configurationAt, setAt } from '../advice/rows.ts';
import { activities } from '../model/activities.ts';
import { rowsWithFocus } from '../model/lists.ts';
import { placeUnder, proposalUnderCursor, queryInView } from '../model/selectors.ts';
import { pairOf } from '../planView/pair.ts';
import type { PlanScene } from '../planView/view.ts';
import { settingRows } from '../settings/settings.ts';
import { cannotWrite } from '../state/folder.ts';
import type { State } from '../state/state.ts';
import { isSearching, unsavedSuggestions, cannotSuggest as whyNoSearch } from '../state/suggest.ts';
import {
  cannotSurvey,
  cannotSurveyProduction,
  isProductionUnderWay,
  isUnderWay as isSurveyUnderWay,
} from '../state/survey.ts';
import { arrangementOf, type ViewerState } from '../viewer/viewerState.ts';
import { onQuit, onRemoval, onRestart } from './questions.ts';

/** By program; `plan` holds for both. */
export interface Reason {
  readonly explorer?: (state: State) => string | undefined;
  readonly viewer?: (state: ViewerState) => string | undefined;
  readonly plan?: (scene: PlanScene) => string | undefined;
  /** The question before work is discarded; undefined where none is. */
  readonly asks?: (state: State) => string | undefined;
}

const explorer = (why: (state: State) => string | false | undefined): Reason => ({
  explorer: state => why(state) || undefined,
});

export const noProposal = explorer(
  state => proposalUnderCursor(state) === undefined && 'no proposal is under the cursor (n writes one)',
);

export const removalAsks: Reason = { ...noProposal, asks: onRemoval };
export const restartAsks: Reason = { asks: onRestart };
export const quitAsks: Reason = { asks: onQuit };
export const nothingToUndo = explorer(({ undo }) => undo.length === 0 && 'nothing was switched yet');
export const noneTried = explorer(
  state => rowsWithFocus(state)?.length === 0 && 'no configuration passes the filter',
);
export const noFilter = explorer(
  ({ focus, filters }) => focus !== 'plan' && filters[focus] === undefined && 'no filter is set (/ sets one)',
);

export const noneToSwitch = explorer(
  ({ workload }) => workload.proposals.length === 0 && 'there is no proposal (n writes one)',
);

export const nothingToSave = explorer(state => {
  const proposal = proposalUnderCursor(state);
  if (proposal === undefined) return 'no proposal is under the cursor (n writes one)';
  if (!state.unsaved.has(proposal.id)) return `${proposal.id} is in its file already`;
  return state.suggestions?.saving !== undefined && 'suggestions are being saved';
});

const settingUnderCursor = ({ settings, overlay }: State) => {
  const rows = settingRows(settings);
  return rows[Math.min(overlay?.scroll ?? 0, rows.length - 1)];
};
export const noSetting = explorer(
  state => settingUnderCursor(state) === undefined && 'the server has not sent its settings yet',
);
export const notChanged = explorer(
  state => settingUnderCursor(state)?.changed === undefined && 'it is the server’s own value already',
);
export const noneChanged = explorer(
  ({ settings }) => settings.changed.length === 0 && 'no setting is changed',
);

export const nothingRuns = explorer(
  state =>
    state.idle &&
    activities(state).length === 0 &&
    state.survey?.state !== 'running' &&
    'nothing runs that could be cancelled',
);
export const neverRuns = explorer(
  ({ session }) => session?.lens !== undefined && 'nothing is run in a lens, so nothing is measured',
);
export const isLens = explorer(
  ({ session }) =>
    session?.lens !== undefined && 'a lens is as large as its database: these are production’s plans',
);
export const oneSetOfValues = explorer(state => {
  const { number } = queryInView(state) ?? {};
  const sets = state.workload.queries.filter(query => query.number === number);
  return sets.length < 2 && 'the query in view has no other values';
});
export const reconnects = explorer(
  ({ lost }) => lost?.reconnecting === true && 'a new session is on its way',
);

const isOfProduction = ({ adviceView }: State) => adviceView.page === 'production';

/** The advice alone may have no table yet. */
export const noRows = explorer(
  state =>
    placeUnder(state) === 'advice' &&
    state.filters.advice === undefined &&
    adviceRows(state).length === 0 &&
    'there is no table yet',
);

export const noConfiguration = explorer(state => {
  if (state.adviceView.page === 'frontier') return 'moving the cursor switches here';
  if (state.adviceView.page === 'matrix' || (isOfProduction(state) && setAt(state) === undefined))
    return 'no configuration is under the cursor';
  return configurationAt(state) === undefined && 'its result is not known yet';
});
export const noMatrix = explorer(
  ({ adviceView }) => adviceView.page !== 'matrix' && 'only the matrix (2) has columns',
);
export const noSurveyRuns = explorer(state => {
  if (isOfProduction(state)) return 'the survey has its keys on the pages 1 to 3';
  return !isSurveyUnderWay(state) && 'no survey is under way';
});
export const cannotBegin = explorer(state => {
  if (isOfProduction(state))
    return isProductionUnderWay(state)
      ? 'production’s plans are under way'
      : cannotSurveyProduction(state)?.split('. ')[0];
  return isSurveyUnderWay(state) ? 'the survey is under way' : cannotSurvey(state);
});
export const nothingToWrite = explorer(cannotWrite);

const searching = (state: State) => {
  const why = whyNoSearch(state);
  return why !== undefined && `no search: ${why}`;
};
export const cannotSuggest = explorer(state => state.suggestions === undefined && searching(state));
export const cannotSearch = explorer(state =>
  isSearching(state) ? 'the search is under way' : searching(state),
);
export const noSearchRuns = explorer(
  ({ suggestions }) => suggestions?.state !== 'searching' && 'no search is under way',
);
export const noUnsavedSuggestion = explorer(state =>
  unsavedSuggestions(state).length === 0
    ? 'nothing to save: no suggestion in the list is without a file'
    : state.suggestions?.saving !== undefined && 'suggestions are being saved',
);

const NO_PLAN = 'there is no plan yet';
export const noPlan: Reason = { plan: scene => (scene[scene.view.side] === undefined ? NO_PLAN : undefined) };
export const oneSide: Reason = {
  plan: ({ before, after }) =>
    (before === undefined) !== (after === undefined) ? 'there is no second plan to compare with' : undefined,
};
export const nothingToFollow: Reason = {
  plan: scene => {
    if (scene[scene.view.side] === undefined) return NO_PLAN;
    const isChanged = (pairOf(scene)?.changes.length ?? 0) > 0;
    return scene.view.search !== undefined || isChanged ? undefined : 'no step of the plan changed';
  },
};

export const onePane: Reason = {
  viewer: state => (arrangementOf(state) === 'sides' ? undefined : 'there is one pane only'),
};
export const oneQuery: Reason = {
  viewer: ({ statements }) => (statements.length > 1 ? undefined : 'there is one statement only'),
};
export const lastStatement: Reason = {
  viewer: ({ at, statements }) => (at + 1 < statements.length ? undefined : 'this is the last statement'),
};
export const firstStatement: Reason = {
  viewer: ({ at }) => (at > 0 ? undefined : 'this is the first statement'),
};
