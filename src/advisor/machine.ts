/**
 * A survey as a state machine: builds, what else needs the indexes to drop, plans over all configurations, then run
 * times and comparisons of rewrites, the least expensive question first. It has one question at a time and never
 * waits; survey/ puts the questions to a session.
 */

import { sum } from '../base/statistics.ts';
import type { Plan } from '../plan/plan.ts';
import type { BackgroundAnswer } from '../session/backgroundTasks.ts';
import { type AnswerCheck, answerKey, removedOf } from '../session/events.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Reads } from '../workload/reads.ts';
import type { Workload } from '../workload/workload.ts';
import {
  type FoundIndexNeed,
  type IndexNeed,
  indexNeedStatements,
  indexNeedsOf,
  lookupOf,
} from './indexNeeds.ts';
import type { Scope, Touched } from './influence.ts';
import { allConfigurations, EXACT, firstConfigurations, type Mask, MOST_PROPOSALS } from './masks.ts';
import { planAfter, type Question, surveyedProposal } from './question.ts';
import type { Demand } from './requirements/result.ts';
import { type NextRun, nextRun, type Stage } from './rounds.ts';
import { nextSearch } from './search.ts';
import { choicesOf } from './smallest.ts';
import {
  BASELINE,
  type Effort,
  idsOf,
  planUnder,
  type Survey,
  type SurveyedProposal,
  timeOf,
  usableOf,
} from './survey.ts';
import { TrackedQuery } from './trackedQuery.ts';

export interface SurveyGrounds {
  readonly workload: Workload;
  readonly neverRun?: readonly string[];
  readonly tables: Scope['tables'];
  /** By query id; for the query's own text and its rewrites together. */
  readonly reads: ReadonlyMap<string, Reads>;
  /** By proposal id. */
  readonly touched: ReadonlyMap<string, Touched>;
  /** The requirements that a choice should meet; none by default. */
  readonly demands?: (survey: Survey) => readonly Demand[];
}

export interface SurveyOptions {
  /** Ask the planner for inferred plans, too. */
  readonly verify: boolean;
  /** Time for runs and comparisons together, ms; whatever runs then is stopped. */
  readonly budgetMs: number;
  readonly plansOnly: boolean;
  /** The plans will be rehearsed, so statements that never run are left out. */
  readonly isRehearsed?: boolean;
}

export const PLANS_ONLY: SurveyOptions = { verify: false, budgetMs: 0, plansOnly: true };

/** A lock that made an attempt fail may be gone at the next one. */
const ATTEMPTS = 3;

export type Phase = 'building' | 'planning' | 'verifying' | 'measuring' | 'comparing' | 'done';

export class SurveyMachine {
  phase: Phase = 'building';
  private readonly toBuild: string[];
  private readonly refused = new Map<string, string>();
  private readonly proposals = new Map<string, SurveyedProposal>();
  private readonly answers = new Map<string, AnswerCheck>();
  private readonly attempts = new Map<string, number>();
  private readonly effort = { explains: 0, executions: 0, builds: 0, verified: 0, disagreed: 0 };
  private tracked: TrackedQuery[] = [];
  private configurations: Mask[] = [];
  private list: readonly SurveyedProposal[] = [];
  private verifying: Generator<readonly [TrackedQuery, Mask]> | undefined;
  private measuringSince: number | undefined;
  private readonly inPlace = new Map<string, string>();
  private indexNeeds: IndexNeed[] | undefined;
  private readonly lookups: FoundIndexNeed[] = [];
  /** The current best configurations, and the keys of all earlier ones. */
  private focus: readonly Mask[] = [];
  private readonly focused = new Set<string>();
  private stage: Stage | undefined;
  private readonly startedAt: number;

  /** @param now A clock, ms. */
  constructor(
    private readonly grounds: SurveyGrounds,
    private readonly options: SurveyOptions,
    private readonly now: () => number,
  ) {
    this.startedAt = now();
    this.toBuild = grounds.workload.proposals.map(({ id }) => id);
  }

  /** undefined: the survey is complete. */
  next(): Question | undefined {
    return (
      this.nextBuild() ??
      this.nextIndexNeeds() ??
      this.nextPlan() ??
      this.nextVerification() ??
      this.nextMeasurement() ??
      this.end()
    );
  }

  survey(): Survey {
    const counts = this.tracked.map(one => one.known());
    const sum = (key: 'asked' | 'inferred') => counts.reduce((total, count) => total + count[key], 0);
    const effort: Effort = {
      ...this.effort,
      cells: this.tracked.length * 2 ** this.list.length,
      asked: sum('asked'),
      inferred: sum('inferred'),
      elapsedMs: this.now() - this.startedAt,
    };
    return {
      proposals: this.list,
      leftOut: [...this.refused].map(([id, reason]) => ({ id, reason })),
      inPlace: [...this.inPlace].map(([id, what]) => ({ id, what })),
      indexNeeds: this.indexNeeds,
      queries: this.tracked.map(one => one.snapshot()),
      neverRun: this.grounds.neverRun,
      configurations: this.configurations,
      answers: new Map(this.answers),
      effort,
      complete: this.phase === 'done',
      exact: this.list.length <= EXACT,
      budgetSpent: this.isSpent(),
      weighted: Object.keys(this.grounds.workload.callsADay).length > 0,
    };
  }

  private nextBuild(): Question | undefined {
    const [proposalId] = this.toBuild;
    if (proposalId === undefined) {
      if (this.phase === 'building') this.begin();
      return undefined;
    }
    return {
      task: { kind: 'build', proposalId },
      learn: answer => {
        const proposal = this.grounds.workload.proposals.find(({ id }) => id === proposalId);
        this.toBuild.shift();
        if (answer.kind === 'built' && proposal !== undefined) {
          this.effort.builds++;
          this.refused.delete(proposalId);
          if (answer.built.inPlace !== undefined) this.inPlace.set(proposalId, answer.built.inPlace);
          else this.proposals.set(proposalId, surveyedProposal(proposal, answer.built));
          // It may be what a refused proposal needs: an index on a view of a later file.
          this.toBuild.push(...[...this.refused.keys()].filter(id => !this.toBuild.includes(id)));
        } else this.refused.set(proposalId, reasonOf(answer));
      },
    };
  }

  private begin(): void {
    const { workload, tables, reads, touched } = this.grounds;
    const built = workload.proposals.flatMap(({ id }) => this.proposals.get(id) ?? []);
    for (const { id } of built.slice(MOST_PROPOSALS))
      this.refused.set(id, `at most ${MOST_PROPOSALS} proposals can be examined together`);
    this.list = built.slice(0, MOST_PROPOSALS);
    const count = this.list.length;
    this.configurations = count <= EXACT ? allConfigurations(count) : firstConfigurations(count);
    const grounds = {
      proposals: this.list,
      touched: this.list.map(proposal => touchedBy(proposal, touched)),
      tables,
      configurations: this.configurations,
    };
    this.tracked = workload.queries.flatMap(query => {
      const read = reads.get(query.id);
      return read === undefined
        ? []
        : [new TrackedQuery(query, read, grounds, workload.callsADay[query.id] ?? 1)];
    });
    this.phase = 'planning';
  }

  /** Reads what else needs the indexes to drop, and what a lookup costs without them. */
  private nextIndexNeeds(): Question | undefined {
    const { proposals } = this.grounds.workload;
    if (this.indexNeeds === undefined) {
      this.indexNeeds = [];
      if (!this.list.some(one => factsOf(one).drops)) return undefined;
      return {
        task: { kind: 'read', statements: indexNeedStatements(proposals) },
        learn: answer => {
          if (answer.kind !== 'read') return;
          const found = indexNeedsOf(answer.answers, proposals, answer.names);
          this.indexNeeds = found.map(({ lookups, ...need }) => need);
          this.lookups.push(...found.filter(({ lookups }) => lookups.length > 0));
        },
      };
    }
    const need = this.lookups.shift();
    if (need === undefined) return undefined;
    return {
      task: { kind: 'read', statements: need.lookups },
      learn: answer => {
        const lookup = answer.kind === 'read' ? lookupOf(answer.answers) : undefined;
        this.indexNeeds = this.indexNeeds?.map(one =>
          one.name === need.name && one.table === need.table && one.foreignKey !== undefined
            ? { ...one, foreignKey: { ...one.foreignKey, lookup } }
            : one,
        );
      },
    };
  }

  private nextPlan(): Question | undefined {
    for (const one of this.tracked) {
      const configuration = one.next();
      if (configuration !== undefined)
        return this.ask(one, configuration, (plan, rewrite) => one.learn(configuration, plan, rewrite));
    }
    return undefined;
  }

  private ask(
    one: TrackedQuery,
    configuration: Mask,
    learn: (plan: Plan, rewrite: string | undefined) => void,
  ): Question {
    const queryId = one.query.id;
    return {
      task: { kind: 'estimate', queryId, proposals: idsOf({ proposals: this.list }, configuration) },
      learn: answer => {
        if (answer.kind === 'estimated') {
          this.effort.explains += answer.explains;
          learn(answer.plan, answer.rewrite);
        } else if (!this.mayRetry(`${queryId}|${configuration}`, answer)) one.fail(reasonOf(answer));
      },
    };
  }

  private nextVerification(): Question | undefined {
    if (!this.options.verify) return undefined;
    this.verifying ??= inferredCells(this.tracked);
    const { value } = this.verifying.next();
    if (value === undefined) return undefined;
    this.phase = 'verifying';
    const [one, configuration] = value as readonly [TrackedQuery, Mask];
    return this.ask(one, configuration, (plan, rewrite) => {
      this.effort.verified++;
      if (!one.verify(configuration, plan, rewrite)) this.effort.disagreed++;
    });
  }

  private isSpent(): boolean {
    return this.measuringSince !== undefined && this.leftMs() <= 0;
  }

  private leftMs(): number {
    return this.options.budgetMs - (this.now() - (this.measuringSince ?? this.now()));
  }

  private nextMeasurement(): Question | undefined {
    if (this.options.plansOnly) return undefined;
    this.measuringSince ??= this.now();
    if (this.isSpent()) return undefined;
    for (;;) {
      const survey = this.survey();
      const answer = this.nextAnswer(survey);
      const run = nextRun(survey, {
        configurations: this.configurations,
        timeoutMs: this.grounds.workload.budgets.timeoutMs,
        leftMs: this.leftMs(),
        focus: this.focus,
      });
      if (answer !== undefined && (run === undefined || answer.priorityMs <= run.priorityMs)) {
        this.phase = 'comparing';
        return answer.question;
      }
      // A new stage begins with the answer as it is now: it decides which runs are worthwhile.
      const isNewStage = run === undefined || run.stage !== this.stage;
      this.stage = run?.stage;
      if (isNewStage && run?.stage !== 'ends' && this.refocus(survey)) continue;
      if (run === undefined) {
        const found = nextSearch(survey, this.focus);
        if (found.length === 0) return undefined;
        // Plan and run what the search has found, like the rest.
        this.configurations.push(...found);
        for (const one of this.tracked) one.want(found);
        const question = this.nextPlan();
        if (question !== undefined) return question;
        continue;
      }
      const one = this.tracked.find(({ query }) => query.id === run.query.id);
      const plan = one?.plans[run.plan];
      if (one === undefined || plan === undefined) return undefined;
      if (run.look === 'skip') {
        one.replace(run.plan, { ...plan, skipped: true });
        continue;
      }
      this.phase = 'measuring';
      return this.ofRun(one, run);
    }
  }

  private ofRun(one: TrackedQuery, run: NextRun): Question {
    const plan = run.query.plans[run.plan];
    if (plan === undefined) throw new Error('a run of no plan');
    const look = run.look === 'counted' ? 'run' : run.look === 'tree' ? 'tree' : 'facts';
    return {
      task: {
        kind: 'run',
        queryId: run.query.id,
        proposals: idsOf({ proposals: this.list }, plan.configuration),
        rewrite: plan.rewrite,
        look,
        limitMs: run.limitMs,
      },
      learn: answer => {
        if (answer.kind !== 'ended') this.effort.executions++;
        if (answer.kind === 'failed' && this.mayRetry(`${run.query.id}|${plan.fingerprint}`, answer)) return;
        one.replace(run.plan, planAfter(plan, run, answer));
      },
    };
  }

  /** @returns Whether the best configurations are ones that no earlier stage had. */
  private refocus(survey: Survey): boolean {
    const usable = usableOf(survey);
    const { recommended, fastest, nearFastest } = choicesOf(usable, this.grounds.demands?.(usable) ?? []);
    const focus = [...new Set([recommended, nearFastest, fastest].flatMap(one => one?.configuration ?? []))];
    const key = focus.join(' ');
    if (focus.length === 0 || this.focused.has(key)) return false;
    this.focused.add(key);
    this.focus = focus;
    return true;
  }

  private nextAnswer(
    survey: Survey,
  ): { readonly question: Question; readonly priorityMs: number } | undefined {
    const open = survey.queries.flatMap(query =>
      query.plans.flatMap(plan => {
        const { rewrite } = plan;
        const key = answerKey(query.id, rewrite ?? '');
        if (rewrite === undefined || this.answers.has(key) || (this.attempts.get(key) ?? 0) >= ATTEMPTS)
          return [];
        // A comparison runs both texts: expect their times, or the timeout. Time spent on the query so far does not
        // count, because a rewrite is worth nothing before its comparison.
        const { timeoutMs } = this.grounds.workload.budgets;
        const before = planUnder(survey, query, BASELINE);
        const took = [before, plan].map(one => timeOf(one)?.ms ?? timeoutMs);
        return [{ queryId: query.id, rewrite, key, priorityMs: sum(took) }];
      }),
    );
    const [least] = open.sort((a, b) => a.priorityMs - b.priorityMs);
    if (least === undefined) return undefined;
    const { queryId, rewrite, key, priorityMs } = least;
    const limitMs = Math.max(1, this.leftMs());
    return {
      priorityMs,
      question: {
        task: { kind: 'compare', queryId, rewrite, limitMs },
        learn: answer => {
          if (answer.kind === 'compared') this.answers.set(key, answer.answer);
          else this.attempts.set(key, ATTEMPTS);
        },
      },
    };
  }

  private end(): undefined {
    this.phase = 'done';
  }

  private mayRetry(key: string, answer: BackgroundAnswer): boolean {
    const attempts = (this.attempts.get(key) ?? 0) + 1;
    this.attempts.set(key, attempts);
    return answer.kind === 'failed' && answer.transient && attempts < ATTEMPTS;
  }
}

/** The proposal's text does not say which table an index to drop belongs to; its catalog entry does. */
function touchedBy({ id, objects }: SurveyedProposal, touched: ReadonlyMap<string, Touched>): Touched {
  const { relations, indexes } = touched.get(id) ?? { relations: [], indexes: [] };
  const removed = removedOf({ objects }).map(({ table }) => table);
  return {
    relations: [...relations, ...removed],
    indexes: [...indexes, ...removed.map(on => ({ on, shape: undefined }))],
    exists: removed.length > 0,
  };
}

function* inferredCells(tracked: readonly TrackedQuery[]): Generator<readonly [TrackedQuery, Mask]> {
  for (const one of tracked) for (const configuration of [...one.inferred()]) yield [one, configuration];
}

const reasonOf = (answer: BackgroundAnswer): string =>
  answer.kind === 'failed' ? answer.reason : 'the session has ended';
