/** How far the survey is, and what may be done about it, in a line. */
import { type Progress, progressText } from '../../advisor/advice/progressText.ts';
import { plural } from '../../advisor/advice/words.ts';
import { formatMs, sanitize } from '../../base/format.ts';
import type { Span } from '../cell.ts';
import { cannotSurvey } from '../state/survey.ts';
import type { State } from '../state/types.ts';
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
  return `Ended after ${formatMs(effort.elapsedMs)}${spent}: ${plural(configurations.length, 'configuration')}, ${effort.asked} of ${plural(effort.cells, 'plan')} asked for, ${plural(effort.executions, 'run')}.`;
}

/** What a running one does. */
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
