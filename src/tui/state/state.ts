/** Everything the screen shows, in one immutable value. The reducer makes the next one; nothing else does. */

import type { Advice } from '../../advisor/advice/advice.ts';
import type { PlannedAdvice } from '../../advisor/advice/planned.ts';
import type { RoleFacts } from '../../advisor/roleNotes.ts';
import type { PgoptError } from '../../base/errors.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ConfigurationKey } from '../../session/configuration.ts';
import type {
  AnswerCheck,
  BuiltProposal,
  IndexFact,
  LensFacts,
  Measurement,
  SessionEvent,
  SessionSetting,
  SettingChoice,
  StartupEvent,
  TableFact,
} from '../../session/events.ts';
import type { Verified } from '../../session/verify.ts';
import type { Suggested, Suggestion } from '../../suggestion/suggested.ts';
import type { SurveyProgress } from '../../survey/runSurvey.ts';
import type { Proposal, Workload } from '../../workload/workload.ts';
import type { AdviceView, ProductionSurvey, Surveyed } from '../advice/adviceView.ts';
import type { Editor } from '../editor/editor.ts';
import type { EditedText } from '../editor/text.ts';
import type { Extent, Press } from '../keys/bindings.ts';
import type { Pointed } from '../keys/mouse.ts';
import type { Explained } from '../model/unused.ts';
import type { PlanView } from '../planView/view.ts';
import type { SettingsState } from '../settings/settings.ts';
import type { SuggestionSearch } from './suggest.ts';

export type PaneId = 'proposals' | 'queries' | 'plan';
export type { Side } from '../planView/view.ts';
export type OverlayKind =
  | 'help'
  | 'sql'
  | 'ddl'
  | 'node'
  | 'summary'
  | 'problems'
  | 'ledger'
  | 'requirements'
  | 'evidence'
  | 'lens'
  | 'settings'
  | 'advice'
  | 'suggestions'
  | 'history'
  | 'palette'
  | 'marks';

/** Lists that a filter narrows. */
export type ListId =
  | 'proposals'
  | 'queries'
  | 'requirements'
  | 'settings'
  | 'help'
  | 'history'
  | 'advice'
  | 'palette';

/** The order of the queries: as in the workload, or the most first. */
type QuerySort = 'number' | 'time' | 'gain' | 'name';

export interface Filter extends EditedText {
  readonly editing: boolean;
}

/** The parts of a configuration. */
export interface Configuration {
  readonly on: readonly string[];
  readonly changed: SettingsState['changed'];
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What the explorer is connected to: `embedded PostgreSQL 15.18`, and the demo's scale: `shop ×0.01`. */
export interface Target {
  readonly label: string;
  readonly scale?: string;
  /** From this age on a transaction holds back VACUUM for too long, ms; undefined where that does no harm. */
  readonly ageLimitMs?: number;
  /** A named database: nothing is built or run there without consent. */
  readonly asksFirst?: boolean;
  /** The workload's folder is the person's own: suggestions may be saved in it. */
  readonly hasFolder?: boolean;
}

export type Build =
  | { readonly state: 'queued' }
  | {
      readonly state: 'building';
      readonly fraction: number | undefined;
      readonly phase: string;
      readonly elapsedMs: number;
    }
  | { readonly state: 'built'; readonly built: BuiltProposal }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'cancelled' };

/** The planner's latest answer for one query under one configuration. */
export type Planned =
  | {
      readonly state: 'planned';
      readonly plan: Plan;
      readonly missing: readonly string[];
      readonly rewrite: string | undefined;
    }
  | { readonly state: 'failed'; readonly reason: string };

/** What is known about running one (query, plan). */
export interface Measuring {
  /** Epoch ms; set while it runs. */
  readonly runningSince?: number;
  /** More runs are added to the result while it runs. */
  readonly more?: true;
  readonly result?: { readonly measurement: Measurement; readonly configuration: ConfigurationKey };
  /** Why there is no (new) result: `cancelled`, or the server's words. */
  readonly problem?: string;
}

/** What is known of a rewrite's answer. */
export type Answering =
  /** Epoch ms. */
  | { readonly state: 'comparing'; readonly since: number }
  | { readonly state: 'compared'; readonly answer: AnswerCheck };

export interface SessionFacts extends RoleFacts {
  readonly serverVersion: string;
  readonly database: string;
  readonly user: string;
  readonly openedAt: number;
  /** Table → columns, for completion. */
  readonly columns?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly cannotBuild?: string | undefined;
  /** 'drop': an index that is off is hidden by DROP INDEX, with a lock on its table. */
  readonly hiding?: Extract<SessionEvent, { type: 'session:opened' }>['hiding'];
  /** Texts of the workload that are never sent: they reach a function that is refused. */
  readonly refusals?: readonly PgoptError[] | undefined;
  readonly writing?: Extract<SessionEvent, { type: 'session:opened' }>['writing'];
  /** Set where there is no database but its lens. */
  readonly lens?: LensFacts | undefined;
  readonly tables: readonly TableFact[];
  readonly indexes: readonly IndexFact[];
  /** What the session sets for all queries. */
  readonly settings?: readonly SessionSetting[] | undefined;
  /** Proposal → what its indexes have in common with existing ones. */
  readonly likeness?: ReadonlyMap<string, readonly string[]> | undefined;
}

export interface Startup {
  /** Steps so far, the last one is running. */
  readonly steps: readonly { readonly message: string; readonly since: number }[];
  readonly progress?: Extract<StartupEvent, { type: 'startup:progress' }>;
}

export interface Lost {
  /** Why the connection went away. */
  readonly reason: string;
  /** A new session is on its way. */
  readonly reconnecting: boolean;
  /** Why the last try to reconnect failed, and what to do. */
  readonly failure?: string;
  /** Nothing was lost: the person wants a new transaction. */
  readonly afresh?: boolean;
}

/** The lens: the same database as large as in production. */
export interface Production {
  readonly state: 'opening' | 'open' | 'failed';
  /** The current step, or why it failed. */
  readonly words: string;
  /** Parts of the database that it lacks, and its assumptions. */
  readonly notes: LensFacts['hidden'];
  readonly facts: SessionFacts | undefined;
  readonly builds: State['builds'];
  readonly plans: State['plans'];
}

export interface State {
  readonly workload: Workload;
  readonly target: Target;
  readonly size: Size;
  /** Epoch ms at the last tick: spinners and elapsed times go by it. */
  readonly now: number;
  readonly phase: 'starting' | 'asking' | 'exploring' | 'lost' | 'closing';
  /** The preflight's lines while a yes is waited for, and the first of them in view. */
  readonly asked: { readonly lines: readonly string[]; readonly scroll: number } | undefined;
  /** The proposal being written; undefined while none is. */
  readonly editor: Editor | undefined;
  /** Ids of proposals that no file has, or not as they are now. */
  readonly unsaved: ReadonlySet<string>;
  /** Ids of proposals whose files were written here: saving one again updates its file. */
  readonly written: ReadonlySet<string>;
  /** The ledger as last read; undefined before that. */
  readonly inspected: Extract<SessionEvent, { type: 'session:inspected' }> | undefined;
  /** The checks of the session's promises; undefined before they were made. */
  readonly verified: Verified | undefined;
  readonly startup: Startup;
  readonly session: SessionFacts | undefined;
  /** Set while the phase is 'lost', and while leaving from there. */
  readonly lost: Lost | undefined;
  /** Grows with every change of `on`, `queryId` or the settings that are on; plans of an older revision are dropped. */
  readonly revision: number;
  /** What is changed, in the workload's order: proposals that are on, and indexes to drop that are off. */
  readonly on: readonly string[];
  /** What was on before `only this`, to bring it back. */
  readonly beforeOnly: readonly string[] | undefined;
  /** Planner settings, changed and read. */
  readonly settings: SettingsState;
  readonly queryId: string;
  readonly builds: Readonly<Record<string, Build>>;
  /** query id → configuration → plan. */
  readonly plans: Readonly<Record<string, Readonly<Record<ConfigurationKey, Planned>>>>;
  /** query id → plan fingerprint → measurement. */
  readonly measurements: Readonly<Record<string, Readonly<Record<string, Measuring>>>>;
  /** answerKey (query and rewrite) → whether they return the same. */
  readonly answers: Readonly<Record<string, Answering>>;
  /** Proposal, query and configuration (model/unused.ts) → why the plan leaves the index out. */
  readonly unused: Readonly<Record<string, Explained>>;
  /** The session has nothing left to do for this revision. */
  readonly idle: boolean;
  readonly focus: PaneId;
  readonly proposalCursor: number;
  /** How the plans are looked at; `view.side` is the plan in view where only one fits. */
  readonly view: PlanView;
  /** What the last key did where the screen would not show it (copied); until the next key. */
  readonly message: string | undefined;
  readonly zoomed: boolean;
  /** undefined until it is requested. */
  readonly production: Production | undefined;
  /** Set where `plans` are production's: those of the database itself. */
  readonly plansHere?: State['plans'];
  /** The plans and sizes on the screen are production's. */
  readonly atProduction: boolean;
  /** The survey of all configurations; undefined until one is begun. */
  readonly survey: Surveyed | undefined;
  /** Production's plans of all configurations; undefined until the page is opened. */
  readonly productionSurvey: ProductionSurvey | undefined;
  /** The search for suggestions; undefined until the first one. */
  readonly suggestions: SuggestionSearch | undefined;
  /** Id of a proposal → the suggestion that it is, unless it was edited since. */
  readonly suggested: ReadonlyMap<string, Suggestion>;
  /** Stays as it is when the advice is closed. */
  readonly adviceView: AdviceView;
  readonly filters: Readonly<Partial<Record<ListId, Filter>>>;
  /** Asked before work is discarded; `press` is what a yes does. */
  readonly question: { readonly text: string; readonly press: Press } | undefined;
  /** Configurations in the order of their first trial; `at`, epoch ms, when that was. */
  readonly tried: readonly (Configuration & { readonly at: number })[];
  /** What was on before each change, the latest last. */
  readonly undo: readonly Configuration[];
  /** The terminal reports the mouse; off, it selects text. */
  readonly mouse: boolean;
  readonly querySort: QuerySort;
  /** Digits after `g`: the number of a query. undefined unless the last key was one of them. */
  readonly typedNumber: string | undefined;
  /** `scroll` is the first line in view; of a list the row under the cursor. */
  readonly overlay:
    | {
        readonly kind: OverlayKind;
        readonly scroll: number;
        /** The row whose evidence this is. */
        readonly row?: number;
        /** The page that the palette covers. */
        readonly behind?: State['overlay'];
      }
    | undefined;
}

/** Of the survey of the session itself, or of the one of production's lens. */
export type SurveyAction<Source extends 'here' | 'production', Advised> = {
  readonly source: Source;
  readonly run: number;
} & (
  | { readonly type: 'survey:progressed'; readonly progress: SurveyProgress }
  /** It has nothing left to ask, was stopped, or its session has ended. */
  | { readonly type: 'survey:ended'; readonly progress: SurveyProgress }
  | { readonly type: 'survey:advised'; readonly advice: Advised }
);

export type Action =
  | { readonly type: 'key:pressed'; readonly press: Press }
  | { readonly type: 'terminal:resized'; readonly size: Size }
  | { readonly type: 'clock:ticked'; readonly now: number }
  /** A big plan can be shown now (planView/ready.ts). */
  | { readonly type: 'plan:ready' }
  /** The files are read; all before it was without them. */
  | {
      readonly type: 'workload:read';
      readonly workload: Workload;
      readonly target: Target;
      readonly settings: readonly SettingChoice[];
    }
  /** The launch brought a session: the panes take over from the startup screen. */
  | { readonly type: 'startup:finished' }
  | { readonly type: 'explorer:closing' }
  /** The person wants a new session in place of the lost one. */
  | { readonly type: 'reconnect:started' }
  | { readonly type: 'reconnect:failed'; readonly reason: string }
  /** A key did something that the screen would not show. */
  | { readonly type: 'message:said'; readonly text: string }
  /** On the pane, or the page, under the pointer. */
  | { readonly type: 'mouse:clicked'; readonly at: Pointed }
  | {
      readonly type: 'mouse:wheeled';
      readonly at: Pointed;
      readonly down: boolean;
      readonly extent: Extent | undefined;
    }
  | { readonly type: 'question:asked'; readonly question: NonNullable<State['question']> }
  /** A proposal was written here, or edited: it takes the place of the one with its id. */
  | { readonly type: 'proposal:written'; readonly proposal: Proposal }
  /** The grammar's error, in lines: what is wrong and where. */
  | { readonly type: 'proposal:refused'; readonly lines: readonly string[] }
  /** Another text from $EDITOR. */
  | { readonly type: 'proposal:typed'; readonly text: string }
  | { readonly type: 'proposal:saved'; readonly id: string; readonly file: string }
  /** The lens is on its way; `words` say how far it is. */
  | { readonly type: 'production:opening'; readonly words: string }
  | { readonly type: 'production:opened'; readonly notes: Production['notes'] }
  | { readonly type: 'production:failed'; readonly words: string }
  /** Its session's events, beside those of the session on the database itself. */
  | { readonly type: 'production:event'; readonly event: SessionEvent }
  | SurveyAction<'here', Advice>
  | SurveyAction<'production', PlannedAdvice>
  | { readonly type: 'suggest:progressed'; readonly run: number; readonly words: string }
  /** The best answer so far. */
  | { readonly type: 'suggest:found'; readonly run: number; readonly found: Suggested }
  | { readonly type: 'suggest:ended'; readonly run: number; readonly found: Suggested }
  /** Without an answer: why it failed; undefined where it was stopped. */
  | { readonly type: 'suggest:broken'; readonly run: number; readonly why: string | undefined }
  | {
      readonly type: 'suggest:saved';
      readonly ids: readonly string[];
      readonly folder: string | undefined;
      readonly files: readonly string[];
    }
  | { readonly type: 'suggest:unsaved'; readonly reason: string }
  | { readonly type: 'change:written'; readonly folder: string; readonly files: readonly string[] }
  | { readonly type: 'change:refused'; readonly reason: string }
  | { readonly type: 'unused:explained'; readonly key: string; readonly explained: Explained }
  | SessionEvent
  | StartupEvent;
