/**
 * Runs a survey: gathers its facts from the texts, then puts its questions to a session, one at a time, while the
 * session has no other work.
 */
import type { Progress } from '../advisor/advice/progressText.ts';
import type { Touched } from '../advisor/influence.ts';
import { type SurveyGrounds, SurveyMachine, type SurveyOptions } from '../advisor/machine.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import { type BackgroundTask, type ExplorerSession, openedBy, type TableFact } from '../session/events.ts';
import { indexShape } from '../workload/indexShape.ts';
import { readsOf } from '../workload/reads.ts';
import { neverRunBecause, type Proposal, type Query, type Workload } from '../workload/workload.ts';

/**
 * @param tables As in `session:opened`.
 * @param hiddenPlans By id, queries whose plans do not show all of their work.
 */
async function surveyGrounds(
  workload: Workload,
  tables: readonly TableFact[],
  hiddenPlans: ReadonlyMap<string, unknown> = new Map(),
): Promise<SurveyGrounds> {
  const reads = async (query: Query) =>
    [
      query.id,
      {
        ...(await readsOf([query.sql, ...query.rewrites.map(({ sql }) => sql)])),
        hidden: hiddenPlans.has(query.id),
      },
    ] as const;
  const touched = async (proposal: Proposal) => [proposal.id, await touchedBy(proposal)] as const;
  return {
    workload,
    // Of two tables with one name, the partitioned one counts.
    tables: new Map([
      ...workload.proposals.flatMap(viewsOf).map(name => [name, { hasParts: false }] as const),
      ...tables.map(
        ({ name }) =>
          [name, { hasParts: tables.some(other => other.name === name && other.hasParts === true) }] as const,
      ),
    ]),
    reads: new Map(await Promise.all(workload.queries.map(reads))),
    touched: new Map(await Promise.all(workload.proposals.map(touched))),
    demands: survey => surveyRequirements(workload, survey, tables, undefined).demands,
  };
}

const viewsOf = ({ statements }: Proposal): string[] =>
  statements.flatMap(({ kind, creates }) =>
    kind === 'create-materialized-view' && creates !== undefined ? [creates] : [],
  );

async function touchedBy(proposal: Proposal): Promise<Touched> {
  const { statements } = proposal;
  const views = new Set(viewsOf(proposal));
  const indexes = statements
    // A query that reads the proposal's own view has its indexes, too.
    .filter(({ kind, on }) => kind !== 'create-materialized-view' && !views.has(on ?? ''))
    .map(async ({ kind, on = '', sql }) => ({
      on,
      shape: kind === 'create-index' ? await indexShape(sql) : undefined,
    }));
  return {
    relations: [...views, ...statements.flatMap(({ on }) => on ?? [])],
    indexes: await Promise.all(indexes),
    exists: false,
  };
}

export type SurveyProgress = Progress;

export interface RunningSurvey {
  /** Cancels the current question and asks none until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the survey; what is known stays. */
  stop(): void;
  readonly isPaused: boolean;
  /** Resolves at the end or after a stop; never rejects. */
  readonly ended: Promise<SurveyProgress>;
}

/** Snapshots are expensive, and four a second are enough for a person. */
const REPORT_MS = 250;

/**
 * @param tables As in `session:opened`.
 * @param report Called at most every 250 ms, at a pause and at the end.
 * @param now A clock, ms.
 */
export function startSurvey(
  session: Pick<ExplorerSession, 'background' | 'subscribe'>,
  workload: Workload,
  tables: readonly TableFact[],
  options: SurveyOptions,
  report: (progress: SurveyProgress) => void,
  now: () => number,
): RunningSurvey {
  let isPaused = false;
  let isStopped = false;
  let wake: () => void = () => undefined;
  let asked = new AbortController();
  let reportedAt = Number.NEGATIVE_INFINITY;
  let machine: SurveyMachine | undefined;

  const reportProgress = (asking: BackgroundTask | undefined, always: boolean) => {
    if (machine === undefined || (!always && now() - reportedAt < REPORT_MS)) return;
    reportedAt = now();
    report({ phase: machine.phase, asking, survey: machine.survey() });
  };
  const rest = () =>
    new Promise<void>(resolve => {
      wake = resolve;
    });

  const work = async (): Promise<SurveyProgress> => {
    // A statement that never runs has no time to compare.
    const { writing = new Map(), hiddenPlans = new Map() } = openedBy(session) ?? {};
    const queries = workload.queries.filter(
      query =>
        neverRunBecause(query, writing) === undefined || (options.plansOnly && options.isRehearsed !== true),
    );
    const neverRun = workload.queries
      .filter(query => !queries.includes(query))
      .map(({ id, writes }) => `${id} (${writes})`);
    machine = new SurveyMachine(
      {
        ...(await surveyGrounds(
          { ...workload, queries },
          tables,
          // A write's plan does not show all its work: it checks foreign keys and maintains indexes.
          new Map<string, unknown>([...hiddenPlans, ...writing]),
        )),
        neverRun,
      },
      options,
      now,
    );
    while (!isStopped) {
      if (isPaused) {
        reportProgress(undefined, true);
        await rest();
        continue;
      }
      const question = machine.next();
      if (question === undefined) break;
      asked = new AbortController();
      reportProgress(question.task, false);
      const answer = await session.background(question.task, asked.signal);
      if (answer.kind !== 'ended') question.learn(answer);
      // After a pause the survey repeats the cancelled question. If the session has ended, it stops.
      else if (!asked.signal.aborted) break;
    }
    const progress = { phase: machine.phase, asking: undefined, survey: machine.survey() };
    report(progress);
    return progress;
  };

  return {
    pause: () => {
      isPaused = true;
      asked.abort();
    },
    resume: () => {
      isPaused = false;
      wake();
    },
    stop: () => {
      isStopped = true;
      asked.abort();
      wake();
    },
    get isPaused() {
      return isPaused;
    },
    ended: work(),
  };
}
