/** The errors in the workload's files. */
import { formatError } from '../../base/errors.ts';
import { problemsOf } from '../../session/events.ts';
import { type Line, wrap } from '../cell.ts';
import type { State } from '../state/state.ts';

export function problemLines(state: Pick<State, 'workload' | 'session'>, width: number): Line[] {
  const problems = problemsOf(state.workload, state.session);
  if (problems.length === 0) return [[{ text: 'Every file of the workload is sound.', dim: true }]];
  return [
    [{ text: 'Everything else works without these files; correct them and start again.', dim: true }],
    ...problems.flatMap((problem): Line[] => {
      const [said = '', ...shown] = formatError(problem).split('\n');
      return [
        [],
        ...wrap(said, width).map((line): Line => [{ text: line, bold: true }]),
        ...shown.map((line): Line => [{ text: line }]),
      ];
    }),
  ];
}
