/** A line of progress on stderr, if that is a terminal. */

import { progressText } from '../advisor/advice/progressText.ts';
import { formatCount, formatDuration, sanitize } from '../base/format.ts';
import type { SessionEvent, StartupEvent } from '../session/events.ts';
import type { SurveyProgress } from '../survey/runSurvey.ts';
import type { Workload } from '../workload/workload.ts';

export interface ProgressLine {
  startup(event: StartupEvent): void;
  session(event: SessionEvent): void;
  survey(progress: SurveyProgress): void;
  /** The current step. */
  step(message: string): void;
  /** Clears the line. Idempotent. */
  done(): void;
}

export function progressLine(stream: NodeJS.WriteStream, workload: Pick<Workload, 'queries'>): ProgressLine {
  const write = (line: string) => {
    if (stream.isTTY) stream.write(`\r\u001b[K${line}`);
  };
  const show = (text: string) => write(sanitize(text).slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
  const queryNumber = (id: string) => workload.queries.find(query => query.id === id)?.number ?? '?';
  return {
    startup: event => {
      if (event.type === 'startup:step') return show(`${event.message} …`);
      if (event.type !== 'startup:progress') return;
      const left = event.remainingMs === undefined ? '' : `, ${formatDuration(event.remainingMs)} left`;
      return show(
        `${event.message}: ${formatCount(event.rowsDone)} of ${formatCount(event.rowsTotal)} rows${left}`,
      );
    },
    session: event => {
      if (event.type === 'build:running') {
        const percent = event.fraction === undefined ? '' : ` ${Math.floor(event.fraction * 100)} %`;
        show(`building ${event.proposalId}${percent} …`);
      }
      if (event.type === 'answer:comparing')
        show(`comparing the answers of ${event.queryId} and its rewrite …`);
      if (event.type === 'measurement:running') {
        show(
          `measuring query ${queryNumber(event.queryId)} of ${new Set(workload.queries.map(({ number }) => number)).size} …`,
        );
      }
    },
    survey: progress => show(progressText(progress)),
    step: message => show(`${message} …`),
    done: () => write(''),
  };
}
