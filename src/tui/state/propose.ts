/** Proposals that come, change and go while the explorer runs. */
import { Configuration } from '../../session/configuration.ts';
import { bodyOf } from '../../workload/proposalBody.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Proposal } from '../../workload/workload.ts';
import { newEditor } from '../editor/editor.ts';
import { proposalUnderCursor } from '../model/selectors.ts';
import type { State } from './state.ts';

export function startNew(state: State, text = 'CREATE INDEX ON '): State {
  return { ...state, editor: newEditor(text, undefined) };
}

/** Its statements as they are laid out; the comments that its file begins with stay above them. */
export function startEdit(state: State): State {
  const proposal = proposalUnderCursor(state);
  if (proposal === undefined) return state;
  return { ...state, editor: newEditor(bodyOf(proposal.ddl), proposal.id) };
}

/** Takes the place of the one of its id, or comes last; switched on, so that it is tried at once. */
export function withProposal(state: State, proposal: Proposal): State {
  const { proposals } = state.workload;
  const at = proposals.findIndex(({ id }) => id === proposal.id);
  const changed = at < 0 ? [...proposals, proposal] : proposals.with(at, proposal);
  const forgotten = withoutKnowledge(state, proposal.id);
  const on = changed.map(({ id }) => id).filter(id => id === proposal.id || state.on.includes(id));
  return {
    ...forgotten,
    workload: { ...state.workload, proposals: changed },
    on: factsOf(proposal).standsForExisting && at < 0 ? state.on : on,
    beforeOnly: undefined,
    editor: undefined,
    unsaved: new Set([...state.unsaved, proposal.id]),
    focus: 'proposals',
    proposalCursor: at < 0 ? proposals.length : at,
    idle: false,
    revision: state.revision + 1,
  };
}

/** Leaves it out of this session; a file stays where it is. */
export function withoutProposal(state: State): State {
  const proposal = proposalUnderCursor(state);
  if (proposal === undefined) return state;
  const { id } = proposal;
  const proposals = state.workload.proposals.filter(other => other.id !== id);
  const unsaved = new Set(state.unsaved);
  const isFile = !unsaved.delete(id) || state.written.has(id);
  // Another proposal of this name has no file yet, and must not overwrite that one.
  const written = new Set([...state.written].filter(other => other !== id));
  return {
    ...withoutKnowledge(state, id),
    workload: { ...state.workload, proposals },
    on: state.on.filter(other => other !== id),
    beforeOnly: undefined,
    unsaved,
    written,
    proposalCursor: Math.max(0, Math.min(state.proposalCursor, proposals.length - 1)),
    message: `${id} is left out of this session${isFile ? '; its file stays' : ''}`,
    idle: false,
    revision: state.revision + 1,
  };
}

/** Plans and run times with it are about another proposal now. */
export function withoutKnowledge(state: State, id: string): State {
  const { [id]: _, ...builds } = state.builds;
  const plans = Object.fromEntries(
    Object.entries(state.plans).map(([queryId, ofQuery]) => [
      queryId,
      Object.fromEntries(
        Object.entries(ofQuery).filter(([configuration]) => !Configuration.fromKey(configuration).has(id)),
      ),
    ]),
  );
  const baseline = (queryId: string) => {
    const planned = plans[queryId]?.[''];
    return planned?.state === 'planned' ? planned.plan.fingerprint : undefined;
  };
  const measurements = Object.fromEntries(
    Object.entries(state.measurements).map(([queryId, ofQuery]) => [
      queryId,
      Object.fromEntries(
        Object.entries(ofQuery).filter(([fingerprint]) => fingerprint === baseline(queryId)),
      ),
    ]),
  );
  return { ...state, builds, plans, measurements, unused: {} };
}
