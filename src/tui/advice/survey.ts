/** How far a survey is, and what may be done about it, in a line: here, and of production’s plans, where nothing is ever run. */
import { type Progress, progressText } from '../../advisor/advice/progressText.ts';
import { formatMs, plural, sanitize } from '../../base/format.ts';
import type { Span } from '../cell.ts';
import type { State } from '../state/state.ts';
import { cannotSurvey, cannotSurveyProduction } from '../state/survey.ts';
import { spinner } from '../words.ts';

/** The first line of the advice. */
export function surveySpan(state: State): Span {
  const { survey, workload } = state;
  const cannot = cannotSurvey(state);
  if (survey === undefined) {
    if (cannot !== undefined) return { text: `No survey: ${cannot}`, color: 'magenta' };
    return {
      text: `r begins a survey: builds all ${plural(workload.proposals.length, 'proposal')} and runs the queries with them; nothing is committed`,
      bold: true,
    };
  }
  const { progress } = survey;
  switch (survey.state) {
    case 'running':
      return {
        text: `${spinner(state.now)} ${progress === undefined ? 'beginning …' : progressText(progress)} All below may still change.`,
        color: 'cyan',
      };
    case 'paused':
      return { text: `Paused${at(progress)}: p goes on. All below may still change.`, color: 'magenta' };
    case 'stopped':
      return {
        text: `Stopped${at(progress)}: this is what was known then; r begins again.`,
        color: 'magenta',
      };
    case 'stale':
      return { text: `Out of date: ${survey.why ?? ''}; r begins again.`, color: 'magenta', bold: true };
    case 'ended':
      return { text: progress === undefined ? '' : took(progress) };
  }
}

const at = (progress: Progress | undefined): string =>
  progress === undefined || progress.phase === 'done' ? '' : ` while ${progress.phase}`;

function took({ survey: { effort, configurations, budgetSpent } }: Progress): string {
  const spent = budgetSpent ? ', its time spent' : '';
  return `Ended after ${formatMs(effort.elapsedMs)}${spent}: ${plural(configurations.length, 'configuration')}, PostgreSQL planned ${effort.asked} of ${effort.cells}, ${plural(effort.executions, 'run')}.`;
}

/** The progress of a running survey. */
export const surveyWords = ({ survey }: State): string =>
  survey?.progress === undefined ? 'beginning …' : sanitize(progressText(survey.progress));

/** For the status line, in as few words as can be; empty where there is nothing new. */
export function surveyNotice(state: State): string {
  const { survey, overlay } = state;
  if (survey === undefined || overlay?.kind === 'advice') return '';
  switch (survey.state) {
    case 'running':
      return `survey: ${surveyWords(state)}`;
    case 'paused':
      return 'survey paused: A';
    case 'stale':
      return '';
    default:
      return survey.seen ? '' : 'the advice is ready: A';
  }
}

/** The first line of its page. */
export function productionSpan(state: State): Span {
  const { productionSurvey } = state;
  const cannot = cannotSurveyProduction(state);
  if (cannot !== undefined) return { text: 'Nothing is known about production.', color: 'magenta' };
  if (productionSurvey === undefined) return { text: 'r asks for production’s plans', bold: true };
  const before = productionSurvey.advice === undefined ? '' : ' Below is of before.';
  switch (productionSurvey.state) {
    case 'waiting':
    case 'planning':
      return { text: `${spinner(state.now)} ${productionWords(state)}${before}`, color: 'cyan' };
    case 'failed':
      return {
        text: `The lens could not be made; r tries again.${before === '' ? '' : `${before} ${sanitize(productionSurvey.why ?? '')}`}`,
        color: 'magenta',
      };
    case 'gone':
      return {
        text: `Out of date: ${productionSurvey.why ?? ''}; r begins again.${before}`,
        color: 'magenta',
        bold: true,
      };
    case 'ended': {
      const { asked, inferred, cells } = productionSurvey.advice?.effort ?? {
        asked: 0,
        inferred: 0,
        cells: 0,
      };
      return {
        text: `Planned in a lens, never run: PostgreSQL planned ${asked} of ${cells}, ${inferred} were inferred.`,
      };
    }
  }
}

/** In full, where nothing is known and nothing runs. */
export function whyNothing(state: State): string | undefined {
  const why =
    cannotSurveyProduction(state) ??
    (state.productionSurvey?.state === 'failed' ? state.productionSurvey.why : undefined);
  return why === undefined ? undefined : sanitize(why);
}

/** What runs for it now; empty where nothing does. */
export function productionWords({ productionSurvey, production }: State): string {
  if (productionSurvey?.state === 'waiting') return `the lens: ${sanitize(production?.words ?? '')} …`;
  if (productionSurvey?.state !== 'planning') return '';
  const { progress } = productionSurvey;
  if (progress?.phase === 'done') return 'weighing the plans …';
  // In a lens everything is there from the start.
  return progress === undefined || progress.phase === 'building'
    ? 'beginning …'
    : sanitize(progressText(progress));
}
