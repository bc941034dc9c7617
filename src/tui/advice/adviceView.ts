/** What the explorer knows of its survey, and how its advice is looked at. */
import type { Advice } from '../../advisor/advice/advice.ts';
import type { PlannedAdvice } from '../../advisor/advice/planned.ts';
import type { SurveyProgress } from '../../survey/runSurvey.ts';
import type { EditedText } from '../editor/text.ts';

export interface Surveyed {
  /** Counts the surveys of this explorer: reports of an older one are dropped. */
  readonly run: number;
  /** 'stale': the workload has changed since, or its session is gone. Its results stay in every state. */
  readonly state: 'running' | 'paused' | 'ended' | 'stopped' | 'stale';
  /** Why it is stale. */
  readonly why?: string;
  readonly progress: SurveyProgress | undefined;
  /** Worked out now and then while the page is open, and once more at the end. */
  readonly advice: Advice | undefined;
  /** The page was open since it ended. */
  readonly seen: boolean;
}

/** Production's plans of all configurations, from the lens. */
export interface ProductionSurvey {
  /** Counts the plannings, like `run` of a survey. */
  readonly run: number;
  /** 'waiting': for its lens. 'failed': the lens could not be made. 'gone': the lens, or the session that it was made of. */
  readonly state: 'waiting' | 'planning' | 'ended' | 'failed' | 'gone';
  /** Why it failed, or is gone. */
  readonly why: string | undefined;
  /** How far the planning is. */
  readonly progress: SurveyProgress | undefined;
  /** The latest result: of the planning before, until a new one has ended. */
  readonly advice: PlannedAdvice | undefined;
}

export const PAGES = ['choices', 'matrix', 'frontier', 'production'] as const;
export type AdvicePage = (typeof PAGES)[number];

export interface AdviceView {
  readonly page: AdvicePage;
  /** Under the cursor: a choice, a query, a point, a set or a proposal. */
  readonly rows: Readonly<Record<AdvicePage, number>>;
  /** The proposal under the matrix' cursor. */
  readonly column: number;
  /** First line in view of the text below the table. */
  readonly text: number;
  /** The folder a change is to be written to, while it is being typed. */
  readonly folder: FolderPrompt | undefined;
  /** The result of writing it; until the next key. */
  readonly said: string | undefined;
}

export interface FolderPrompt extends EditedText {
  /** Kept proposals. */
  readonly kept: readonly string[];
  /** Being written: a second enter is not another change. */
  readonly busy: boolean;
  /** Why it was not written. */
  readonly refused: string | undefined;
}

export const INITIAL_ADVICE: AdviceView = {
  page: 'choices',
  rows: { choices: 0, matrix: 0, frontier: 0, production: 0 },
  column: 0,
  text: 0,
  folder: undefined,
  said: undefined,
};
