/** The one place where actions reach the session. Nothing here waits: the session answers with events. */
import { EXIT } from '../base/errors.ts';
import type { DesiredState, ExplorerSession } from '../session/events.ts';
import type { Proposal } from '../workload/workload.ts';
import type { Changing } from './keys/changes.ts';
import type { CommandId, ExplorerCommand } from './keys/keyTable.ts';
import { sceneOf } from './model/scene.ts';
import { proposalUnderCursor } from './model/selectors.ts';
import type { Explained } from './model/unused.ts';
import { copiedNode, copiedPlan } from './planView/copy.ts';
import { settingsOn } from './settings/settings.ts';
import type { Action, State } from './state/state.ts';
import { suggestionOf, takenNames, unsavedSuggestions } from './state/suggest.ts';
import { wantsLens } from './state/survey.ts';
import type { Suggesting } from './suggestWith.ts';
import { productionSurveyEffects, surveyEffects } from './surveyEffects.ts';
import type { Surveys } from './surveyWith.ts';
import { unusedEffects } from './unusedEffects.ts';

type SessionPart = Pick<
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

/** Parsing and saving a proposal that is written here; each answers with an action. */
export interface Proposing {
  readonly submit: (text: string, edited: Proposal | undefined, taken: ReadonlySet<string>) => void;
  readonly edit: (text: string) => void;
  readonly save: (proposal: Proposal, wasWritten: boolean) => void;
}

/** Production's lens, made from the session as it is now. */
interface ProductionEffects {
  readonly open: () => void;
  readonly setDesired: (desired: DesiredState) => void;
  /** Its session, once it is open. */
  readonly session: () => Pick<ExplorerSession, 'background' | 'subscribe'> | undefined;
  readonly close: () => void;
}

/** Actions on the program as a whole. */
interface Leaving {
  /** `q`: 0, or 1 when the connection was lost. Ctrl-C: 130. */
  readonly leave: (exitCode: number) => void;
  readonly suspend: () => void;
  /** The preflight's yes. */
  readonly confirm: () => void;
  readonly propose: Proposing;
  readonly production: ProductionEffects;
  readonly surveys: Surveys;
  readonly suggesting: Suggesting;
  /** Writes the change whose folder was named; answers with an action. */
  readonly writeChange: (before: State, after: State) => void;
  /** Why an index is not used, as the session answers. */
  readonly explained: (key: string, explained: Explained) => void;
  /** Opens a new session in place of the lost one. */
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
  program: Leaving,
): void {
  const { reconnect, propose, production, surveys, suggesting, writeChange, explained } = program;
  surveyEffects(before, after, session, surveys.here);
  const lens = () => (after.session?.lens === undefined ? production.session() : session);
  productionSurveyEffects(before, after, lens, surveys.production);
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
  // The values may have changed since: the server may have reloaded its configuration.
  if (after.overlay?.kind === 'settings' && before.overlay?.kind !== 'settings') session?.readSettings();
  // While it is looked at, the ledger follows.
  if (
    after.overlay?.kind === 'ledger' &&
    (before.overlay?.kind !== 'ledger' || action.type === 'clock:ticked')
  )
    session?.inspect();
  // The requirements show what was looked up in the database, so it is looked up when they open.
  if (
    after.overlay?.kind === 'requirements' &&
    (action.type === 'session:idle' || !['requirements', 'evidence'].includes(before.overlay?.kind ?? ''))
  )
    session?.verify();
  submitEffects(before, after, session, propose);
  if (action.type !== 'key:pressed') return;
  const order = (ORDERS as Partial<Record<CommandId, Order>>)[action.press.command];
  order?.({ before, after, session, program });
}

/** Typed texts that are worked on from now on. */
function submitEffects(
  before: State,
  after: State,
  session: SessionPart | undefined,
  propose: Proposing,
): void {
  const { editor, settings, workload } = after;
  if (editor?.busy === true && before.editor?.busy === false) {
    const { proposals } = workload;
    const edited = proposals.find(({ id }) => id === editor.editing);
    propose.submit(editor.text, edited, new Set(proposals.map(({ id }) => id)));
  }
  const { typing } = settings;
  if (typing?.busy === true && before.settings.typing?.busy === false)
    session?.trySetting({ name: typing.name, value: typing.text.trim() });
}

type Order = (now: {
  readonly before: State;
  readonly after: State;
  readonly session: SessionPart | undefined;
  readonly program: Leaving;
}) => void;

/** Keys that are orders to the session or to the program, beside what they change. */
const ORDERS = {
  'measure-again': ({ after, session }) => session?.measureAgain(after.queryId),
  cancel: ({ before, after, session }) => {
    // A survey that was paused instead must not be cancelled: its question would count as failed.
    if (after.survey === before.survey) session?.cancel();
  },
  quit: ({ before, program }) => program.leave(before.phase === 'lost' ? EXIT.failure : EXIT.ok),
  interrupt: ({ program }) => program.leave(EXIT.interrupted),
  suspend: ({ program }) => program.suspend(),
  confirm: ({ program }) => program.confirm(),
  restart: ({ program }) => program.reconnect(),
  reconnect: ({ program }) => program.reconnect(),
  'edit-external': ({ before, program }) => {
    if (before.editor?.busy === false) program.propose.edit(before.editor.text);
  },
  'save-proposal': ({ after, program }) => {
    const proposal = proposalUnderCursor(after);
    // A suggestion is saved with its rewrites.
    if (proposal !== undefined && suggestionOf(after, proposal) === undefined)
      program.propose.save(proposal, after.written.has(proposal.id));
  },
  'copy-node': ({ after, program }) => program.copy('the node', copiedNode(sceneOf(after))),
  'copy-plan': ({ after, program }) => program.copy('the plan', copiedPlan(sceneOf(after))),
} satisfies Partial<Record<CommandId, Order>>;

/** A command without a handler fails to compile. */
type WithoutHandler = Exclude<ExplorerCommand, Changing | keyof typeof ORDERS>;
export const everyCommandHasAHandler: [WithoutHandler] extends [never] ? true : WithoutHandler = true;

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

/** The desired state, for the session and for production's lens alike. */
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
