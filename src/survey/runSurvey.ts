/** What a survey has to know before its first question: what the texts of queries and proposals say. */
import type { Touched } from '../advisor/influence.ts';
import { type Phase, type SurveyGrounds, SurveyMachine, type SurveyOptions } from '../advisor/machine.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import type { Survey } from '../advisor/survey.ts';
import { type BackgroundTask, type ExplorerSession, openedBy, type TableFact } from '../session/events.ts';
import { indexShape } from '../workload/indexShape.ts';
import { readsOf } from '../workload/reads.ts';
import { neverRunBecause, type Proposal, type Query, type Workload } from '../workload/workload.ts';

/**
 * @param tables Tables of the database, as the session reported them when it was opened.
 * @param hiddenPlans By id, the queries that call functions which run queries of their own.
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
    // Of two tables of one name, in two schemas, the doubtful one counts.
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
    // A query that reads a view of the same proposal has its indexes, too.
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

/** Puts a survey's questions to a session, one after the other, whenever the session has no other work. */

export interface SurveyProgress {
  readonly phase: Phase;
  /** What is asked for now; undefined when it has ended, or is paused. */
  readonly asking: BackgroundTask | undefined;
  /** What is known so far: it stays when the survey is stopped. */
  readonly survey: Survey;
}

export interface RunningSurvey {
  /** No further question until `resume`; the one that was put is taken back. */
  pause(): void;
  resume(): void;
  /** Ends it; what is known stays. */
  stop(): void;
  readonly isPaused: boolean;
  /** When it has ended or was stopped: all that is known. Never rejects. */
  readonly ended: Promise<SurveyProgress>;
}

/** Snapshots are expensive; four a second are enough for a person. */
const REPORT_MS = 250;

/**
 * @param tables As `session:opened` reported them.
 * @param report Called now and then, and when it is paused or has ended.
 * @param now ms of a clock.
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
    // What is never run has no time that could be compared.
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
          // What a write takes is not all in its plan: foreign keys are checked, indexes are kept up.
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
      // Taken back by a pause it is asked again; without a session no question can be answered.
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
