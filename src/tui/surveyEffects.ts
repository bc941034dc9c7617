/** Effects of state changes on both surveys, and on the migration that is written from one. */
import type { Survey } from '../advisor/survey.ts';
import { formatError, PgoptError } from '../base/errors.ts';
import type { TriedRow } from '../report/migration/effects.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { Workload } from '../workload/workload.ts';
import { triedReport } from './model/tried.ts';
import type { Action, SessionFacts, State } from './state/state.ts';
import { lensFacts } from './state/survey.ts';
import type { About, Surveying } from './surveyWith.ts';

/** What is to be written of a survey. */
interface Keeping {
  readonly workload: Workload;
  readonly survey: Survey;
  /** Ids. */
  readonly kept: readonly string[];
  readonly facts: SessionFacts;
  readonly tried: readonly TriedRow[];
}

export interface ChangePart {
  /** @returns The files inside the folder. Rejects with a PgoptError; then nothing was written. */
  readonly write: (folder: string, keeping: Keeping) => Promise<readonly string[]>;
}

export function surveyEffects(
  before: State,
  after: State,
  session: Pick<ExplorerSession, 'background' | 'subscribe'> | undefined,
  surveying: Surveying,
): void {
  const [was, is] = [before.survey, after.survey];
  if (is !== undefined && is.run !== was?.run) {
    if (session !== undefined && after.session !== undefined)
      surveying.begin(is.run, session, about(after, after.session));
  } else if (is?.state !== was?.state) {
    if (is?.state === 'paused') surveying.pause();
    if (is?.state === 'running') surveying.resume();
    if (is?.state === 'stopped' || is?.state === 'stale') surveying.stop();
  }
  if (after.overlay?.kind === 'advice' && before.overlay?.kind !== 'advice') surveying.look();
}

/** Enter in the prompt for its folder: once. */
export function changeEffects(
  before: State,
  after: State,
  part: ChangePart,
  dispatch: (action: Action) => void,
): void {
  const { folder } = after.adviceView;
  const survey = after.survey?.progress?.survey;
  if (folder?.busy !== true || before.adviceView.folder?.busy !== false) return;
  if (survey === undefined || after.session === undefined) return;
  const { workload, session: facts } = after;
  const { kept } = folder;
  const name = folder.text.trim();
  part.write(name, { workload, survey, kept, facts, tried: triedReport(after) }).then(
    files => dispatch({ type: 'change:written', folder: name, files }),
    error => {
      if (!(error instanceof PgoptError)) throw error;
      dispatch({ type: 'change:refused', reason: formatError(error).replace(/^pgopt-explore: /, '') });
    },
  );
}

/** @param lens The lens's session; undefined while there is none. */
export function productionSurveyEffects(
  before: State,
  after: State,
  lens: () => Pick<ExplorerSession, 'background' | 'subscribe'> | undefined,
  surveying: Surveying,
): void {
  const [was, is] = [before.productionSurvey, after.productionSurvey];
  if (is !== undefined && is.run !== was?.run) {
    const [session, facts] = [lens(), lensFacts(after)];
    if (session !== undefined && facts !== undefined) surveying.begin(is.run, session, about(after, facts));
    return;
  }
  const isOver = is !== undefined && ['waiting', 'failed', 'gone'].includes(is.state);
  const isLeft = after.phase === 'closing' && before.phase !== 'closing';
  if ((isOver && is.state !== was?.state) || (is !== undefined && isLeft)) surveying.stop();
  else if (is !== undefined && after !== before && differing(before) !== differing(after))
    surveying.compared(answersHere(after));
}

const about = (state: State, facts: SessionFacts): About => ({
  workload: state.workload,
  facts,
  answers: answersHere(state),
});

/** As the session found them for the screen and for the survey. */
function answersHere({ answers, survey }: State): Survey['answers'] {
  const seen = Object.entries(answers).flatMap(([key, answering]) =>
    answering.state === 'compared' ? [[key, answering.answer] as const] : [],
  );
  return new Map([...(survey?.progress?.survey.answers ?? []), ...seen]);
}

/** Only a rewrite that returns other rows disqualifies a configuration. */
const differing = (state: State): string =>
  [...answersHere(state)].flatMap(([key, { verdict }]) => (verdict === 'different' ? key : [])).join(' ');
