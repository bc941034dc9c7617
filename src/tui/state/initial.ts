import type { SettingChoice } from '../../session/events.ts';
import type { Workload } from '../../workload/workload.ts';
import { INITIAL_ADVICE } from '../advice/adviceView.ts';
import { problemsNotice } from '../model/notices.ts';
import { INITIAL_VIEW } from '../planView/view.ts';
import { settingsState } from '../settings/settings.ts';
import type { Size, State, Target } from './state.ts';

/** Until the files are read. */
export const UNREAD: Workload = {
  title: '',
  folder: '',
  queries: [],
  proposals: [],
  budgets: {
    storageBytes: 0,
    largeTableRows: 0,
    workMemBytes: 0,
    queryTargetMs: 0,
    timeoutMs: 0,
    productionRows: {},
    productionDistinct: {},
  },
  callsADay: {},
  problems: [],
};

/** The state before anything happened: nothing switched on but `settings`, the first query in view. `now` is epoch ms. */
export function initialState(
  workload: Workload,
  target: Target,
  size: Size,
  now: number,
  settings: readonly SettingChoice[] = [],
): State {
  return {
    workload,
    target,
    size,
    now,
    phase: 'starting',
    startup: { steps: [] },
    asked: undefined,
    editor: undefined,
    unsaved: new Set(),
    written: new Set(),
    inspected: undefined,
    verified: undefined,
    session: undefined,
    lost: undefined,
    revision: 0,
    on: [],
    beforeOnly: undefined,
    settings: settingsState(settings),
    queryId: workload.queries[0]?.id ?? '',
    builds: {},
    plans: {},
    measurements: {},
    answers: {},
    unused: {},
    idle: false,
    focus: 'proposals',
    proposalCursor: 0,
    view: INITIAL_VIEW,
    message: problemsNotice({ workload, session: undefined }),
    zoomed: false,
    filters: {},
    question: undefined,
    tried: [],
    undo: [],
    mouse: true,
    querySort: 'number',
    typedNumber: undefined,
    production: undefined,
    atProduction: false,
    survey: undefined,
    productionSurvey: undefined,
    suggestions: undefined,
    suggested: new Map(),
    adviceView: INITIAL_ADVICE,
    overlay: undefined,
  };
}
