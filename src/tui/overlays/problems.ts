/** The errors in the workload's files: one phrase for the status line, and the page that lists them. */
import { formatError } from '../../base/errors.ts';
import { problemsOf } from '../../session/events.ts';
import { type Line, wrap } from '../cell.ts';
import type { State } from '../state/types.ts';

/** undefined where all files are sound. */
export function problemsNotice(state: Pick<State, 'workload' | 'session'>): string | undefined {
  const problems = problemsOf(state.workload, state.session);
  if (problems.length === 0) return undefined;
  // What has no place is wrong with a file as a whole, and begins with its name.
  const files = new Set(problems.map(({ place, message }) => place?.file ?? message)).size;
  if (files > 1) return `${files} files have errors: E shows them`;
  return problems.length === 1 ? 'a file has an error: E shows it' : 'a file has errors: E shows them';
}

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
