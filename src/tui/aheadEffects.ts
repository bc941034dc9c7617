/** What a change of the state means for the plans that are asked of the lens. */
import type { Survey } from '../advisor/survey.ts';
import type { ExplorerSession } from '../session/events.ts';
import type { LookingAhead } from './aheadWith.ts';
import { lensFacts } from './state/ahead.ts';
import type { State } from './state/types.ts';

/** @param lens The session to ask; undefined while there is none. */
export function aheadEffects(
  before: State,
  after: State,
  lens: () => Pick<ExplorerSession, 'background' | 'subscribe'> | undefined,
  looking: LookingAhead,
): void {
  const [was, is] = [before.ahead, after.ahead];
  if (is !== undefined && is.run !== was?.run) {
    const [session, facts] = [lens(), lensFacts(after)];
    if (session !== undefined && facts !== undefined)
      looking.begin(is.run, session, { workload: after.workload, facts, answers: answersHere(after) });
    return;
  }
  const isOver = is !== undefined && ['waiting', 'failed', 'gone'].includes(is.state);
  const isLeft = after.phase === 'closing' && before.phase !== 'closing';
  if ((isOver && is.state !== was?.state) || (is !== undefined && isLeft)) looking.stop();
  else if (is !== undefined && after !== before && differing(before) !== differing(after))
    looking.compared(answersHere(after));
}

/** As the session found them for the screen and for the survey. */
function answersHere({ answers, survey }: State): Survey['answers'] {
  const seen = Object.entries(answers).flatMap(([key, answering]) =>
    answering.state === 'compared' ? [[key, answering.answer] as const] : [],
  );
  return new Map([...(survey?.progress?.survey.answers ?? []), ...seen]);
}

/** Only a rewrite that returns something else says anything of a configuration. */
const differing = (state: State): string =>
  [...answersHere(state)].flatMap(([key, { verdict }]) => (verdict === 'different' ? key : [])).join(' ');
