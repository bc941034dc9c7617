/** The one place where actions reach the session. Nothing here waits: the session answers with events. */
import { EXIT } from '../base/errors.ts';
import type { DesiredState, ExplorerSession } from '../session/events.ts';
import type { Proposal } from '../workload/types.ts';
import { aheadEffects } from './aheadEffects.ts';
import type { LookingAhead } from './aheadWith.ts';
import { sceneOf } from './model/scene.ts';
import { placeOf, proposalUnderCursor } from './model/selectors.ts';
import type { Explained } from './model/unused.ts';
import { copiedNode, copiedPlan } from './planView/copy.ts';
import { settingsOn } from './settings/types.ts';
import { wantsLens } from './state/ahead.ts';
import { suggestionOf, takenNames, unsavedSuggestions } from './state/suggest.ts';
import type { Action, State } from './state/types.ts';
import type { Suggesting } from './suggestWith.ts';
import { surveyEffects } from './surveyEffects.ts';
import type { Surveying } from './surveyWith.ts';
import { unusedEffects } from './unusedEffects.ts';

export type SessionPart = Pick<
  ExplorerSession,
  | 'setDesired'
  | 'measureAgain'
  | 'cancel'
  | 'inspect'
  | 'verify'
  | 'revise'
  | 'readSettings'
  | 'trySetting'
  | 'background'
  | 'subscribe'
>;

/** What becomes of a proposal that is written here; each answers with an action. */
export interface Proposing {
  readonly submit: (text: string, edited: Proposal | undefined, taken: ReadonlySet<string>) => void;
  readonly edit: (text: string) => void;
  readonly save: (proposal: Proposal, isUnsaved: boolean) => void;
}

/** Production's lens, made from the session as it is now. */
export interface ProductionEffects {
  readonly open: () => void;
  readonly setDesired: (desired: DesiredState) => void;
  /** Its session, once it is open. */
  readonly session: () => Pick<ExplorerSession, 'background' | 'subscribe'> | undefined;
  readonly close: () => void;
}

/** What a person may do to the program as a whole. */
export interface Leaving {
  /** `q`: 0, or 1 when the connection was lost. Ctrl-C: 130. */
  readonly leave: (exitCode: number) => void;
  readonly suspend: () => void;
  /** The preflight's yes. */
  readonly confirm: () => void;
  readonly propose: Proposing;
  readonly production: ProductionEffects;
  readonly surveying: Surveying;
  readonly lookingAhead: LookingAhead;
  readonly suggesting: Suggesting;
  /** Writes the change whose folder was named; answers with an action. */
  readonly writeChange: (before: State, after: State) => void;
  /** Why an index is not used, as the session answers. */
  readonly explained: (key: string, explained: Explained) => void;
  /** Brings a new session about in the place of the lost one. */
  readonly reconnect: () => void;
  /** Puts a text on the clipboard and says so. */
  readonly copy: (what: string, text: string | undefined) => void;
}

/** Sets the desired state whenever the revision grew, and passes on the keys that are orders to the session. */
export function performEffects(
  action: Action,
  before: State,
  after: State,
  session: SessionPart | undefined,
  {
    leave,
    suspend,
    confirm,
    reconnect,
    copy,
    propose,
    production,
    surveying,
    lookingAhead,
    suggesting,
    writeChange,
    explained,
  }: Leaving,
): void {
  surveyEffects(before, after, session, surveying);
  const lens = () => (after.session?.lens === undefined ? production.session() : session);
  aheadEffects(before, after, lens, lookingAhead);
  writeChange(before, after);
  suggestEffects(before, after, suggesting);
  unusedEffects({ before, after }, session, explained);
  if (after.workload !== before.workload) {
    if (needsOtherLens(before, after)) reconnect();
    else session?.revise(after.workload);
  }
  if (after.revision !== before.revision) {
    session?.setDesired(desiredOf(after));
    if (after.production !== undefined) production.setDesired(desiredOf(after));
  }
  lookAtProduction(action, before, after, production);
  // What they are may have changed since: the server reads its configuration anew.
  if (after.overlay?.kind === 'settings' && before.overlay?.kind !== 'settings') session?.readSettings();
  // While it is looked at, the ledger follows.
  if (
    after.overlay?.kind === 'ledger' &&
    (before.overlay?.kind !== 'ledger' || action.type === 'clock:ticked')
  )
    session?.inspect();
  // The board tells what was looked up, not what is meant.
  if (
    after.overlay?.kind === 'requirements' &&
    (action.type === 'session:idle' || !['requirements', 'evidence'].includes(before.overlay?.kind ?? ''))
  )
    session?.verify();
  if (action.type !== 'key:pressed') return;
  const exploring =
    placeOf(before) !== 'starting' && placeOf(before) !== 'asking' && placeOf(before) !== 'lost';
  switch (action.press.command) {
    case 'measure-again':
      if (exploring) session?.measureAgain(after.queryId);
      return;
    case 'cancel':
      // What was paused instead must not be cancelled: its question would count as failed.
      if (exploring && after.survey === before.survey) session?.cancel();
      return;
    case 'quit':
      leave(before.phase === 'lost' ? EXIT.failure : EXIT.ok);
      return;
    case 'edit-submit':
      if (after.editor?.busy === true && before.editor?.busy === false) {
        const { proposals } = after.workload;
        const edited = proposals.find(({ id }) => id === after.editor?.editing);
        propose.submit(after.editor.text, edited, new Set(proposals.map(({ id }) => id)));
      }
      return;
    case 'value-submit': {
      const { typing } = after.settings;
      if (typing?.busy === true && before.settings.typing?.busy === false)
        session?.trySetting({ name: typing.name, value: typing.text.trim() });
      return;
    }
    case 'edit-external':
      if (before.editor?.busy === false) propose.edit(before.editor.text);
      return;
    case 'save-proposal': {
      const proposal = exploring ? proposalUnderCursor(after) : undefined;
      // A suggestion is saved with its rewrites.
      const isSuggestion = proposal !== undefined && suggestionOf(after, proposal) !== undefined;
      if (proposal !== undefined && !(isSuggestion && after.unsaved.has(proposal.id)))
        propose.save(proposal, after.unsaved.has(proposal.id));
      return;
    }
    case 'confirm':
      if (placeOf(before) === 'asking') confirm();
      return;
    case 'interrupt':
      leave(EXIT.interrupted);
      return;
    case 'restart':
      if (before.phase === 'exploring') reconnect();
      return;
    case 'reconnect':
      if (before.phase === 'lost' && before.lost?.reconnecting === false) reconnect();
      return;
    case 'suspend':
      suspend();
      return;
    case 'copy-node':
      copy('the node', copiedNode(sceneOf(after)));
      return;
    case 'copy-plan':
      copy('the plan', copiedPlan(sceneOf(after)));
      return;
    default:
  }
}

/** A lens holds the proposals that it was made with: others need another one. */
function needsOtherLens(before: State, { session, workload }: State): boolean {
  const isNew = workload.proposals.some(proposal => !before.workload.proposals.includes(proposal));
  return session?.lens !== undefined && isNew;
}

/** A search that begins or is stopped, and suggestions that are to be saved. */
function suggestEffects(before: State, after: State, suggesting: Suggesting): void {
  const [was, is] = [before.suggestions, after.suggestions];
  if (is === undefined || is === was) return;
  if (is.run !== was?.run) suggesting.begin(is.run, after.workload, takenNames(after));
  else if (is.state === 'stopping' && was.state === 'searching') suggesting.stop();
  if (is.saving === undefined || was?.saving !== undefined) return;
  const { ids, folder } = is.saving;
  const kept = unsavedSuggestions(after).filter(({ proposal }) => ids.includes(proposal.id));
  suggesting.save(after.workload, kept, folder);
}

/** What the person wants of a session, and of production's lens alike. */
export function desiredOf({ revision, on, queryId, settings }: State): DesiredState {
  const set = settingsOn(settings);
  return { revision, proposals: on, queryId, ...(set.length === 0 ? {} : { settings: set }) };
}

/** A lens is made when it is first asked for (by its key, or by the advice), and again when what it was made of has changed. */
function lookAtProduction(
  action: Action,
  before: State,
  after: State,
  { open, close }: ProductionEffects,
): void {
  if (after.production === undefined) {
    if (before.production !== undefined) close();
    if ((after.atProduction || wantsLens(after)) && after.phase === 'exploring') open();
    return;
  }
  const settled = after.workload.proposals.every(
    ({ id }) => !['queued', 'building'].includes(after.builds[id]?.state ?? ''),
  );
  const builtMore = action.type === 'build:finished' && settled;
  if (after.workload !== before.workload || builtMore) open();
}
