/** A survey's progress in one line. */
import { formatCount, plural } from '../../base/format.ts';
import type { BackgroundTask } from '../../session/backgroundTasks.ts';
import type { Phase } from '../machine.ts';
import type { Survey } from '../survey.ts';

export interface Progress {
  readonly phase: Phase;
  /** The current question; undefined: ended or paused. */
  readonly asking: BackgroundTask | undefined;
  /** What is known so far; it stays after a stop. */
  readonly survey: Survey;
}

/** `measuring query 3 of 6 · 41 runs so far …` */
export function progressText({ phase, asking, survey }: Progress): string {
  const { effort, queries } = survey;
  const number =
    asking !== undefined && 'queryId' in asking
      ? queries.find(({ id }) => id === asking.queryId)?.number
      : undefined;
  const query = number === undefined ? '' : ` query ${number}`;
  switch (phase) {
    case 'building':
      return `building ${asking?.kind === 'build' ? asking.proposalId : ''} …`;
    case 'planning':
      return `planning${query} · ${formatCount(effort.asked + effort.inferred)} of ${formatCount(effort.cells)} cells known, ${formatCount(effort.explains)} asked …`;
    case 'verifying':
      return `verifying${query} · ${formatCount(effort.verified)} inferred plans asked for …`;
    case 'measuring':
      return `measuring${query} · ${plural(effort.executions, 'run')} so far …`;
    case 'comparing':
      return `comparing the answers of${query} and its rewrite …`;
    case 'done':
      return 'done';
  }
}
