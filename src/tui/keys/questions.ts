/** The question before a key discards work; undefined where nothing is lost. */
import { plural } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { proposalUnderCursor } from '../model/selectors.ts';
import type { State } from '../state/state.ts';
import { isSearching } from '../state/suggest.ts';
import { isUnderWay } from '../state/survey.ts';

const counted = (count: number, what: string): string[] => (count === 0 ? [] : [plural(count, what)]);

/** What was built and measured in this transaction. */
function ofTransaction({ builds, measurements, workload }: State): readonly string[] {
  const built = workload.proposals.filter(proposal => {
    const build = builds[proposal.id];
    return (
      !factsOf(proposal).standsForExisting && build?.state === 'built' && build.built.hypothetical !== true
    );
  }).length;
  const measured = Object.values(measurements)
    .flatMap(ofQuery => Object.values(ofQuery))
    .filter(({ result }) => result !== undefined).length;
  return [...counted(built, 'built proposal'), ...counted(measured, 'run time')];
}

const running = (state: State): readonly string[] => [
  ...(isUnderWay(state) ? ['the survey that is under way'] : []),
  ...(isSearching(state) ? ['the search for suggestions'] : []),
];

const question = (what: string, lost: readonly string[]): string | undefined =>
  lost.length === 0 ? undefined : `${what} and discard ${lost.join(', ')}?`;

/** Quitting always discards what was built, so that needs no question; unsaved proposals and a running survey do. */
export function onQuit(state: State): string | undefined {
  if (state.phase !== 'exploring') return undefined;
  const { size } = state.unsaved;
  return question('Quit', [...counted(size, 'proposal without a file'), ...running(state)]);
}

export const onRestart = (state: State): string | undefined =>
  question('Start afresh', [...ofTransaction(state), ...running(state)]);

export function onRemoval(state: State): string | undefined {
  const proposal = proposalUnderCursor(state);
  if (proposal === undefined) return undefined;
  const { id } = proposal;
  const build = state.builds[id];
  const isBuilt =
    build?.state === 'built' && build.built.inPlace === undefined && !factsOf(proposal).standsForExisting;
  return question(`Leave ${id} out`, [
    ...(state.unsaved.has(id) ? ['its text, which no file has'] : []),
    ...(isBuilt ? ['what was built of it'] : []),
    ...(isUnderWay(state) ? ['the survey that is under way'] : []),
  ]);
}
