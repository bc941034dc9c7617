/** What a session knows so far. It only grows; measurements may be replaced. */
import type { Plan } from '../plan/plan.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Query } from '../workload/workload.ts';
import type { AnswerCheck } from './answers.ts';
import type { Built } from './builders/builder.ts';
import { Configuration } from './configuration.ts';
import { type DesiredState, type Measurement, measurementKey } from './events.ts';
import { approximates, rewriteOf } from './plannedText.ts';

interface Estimate {
  readonly plan: Plan | undefined;
  /** Set when the server refused the query. */
  readonly failure: string | undefined;
  readonly rewrite: string | undefined;
  /** A lock, a cancel, lack of memory: it may be gone at the next request. */
  readonly transient?: boolean;
}

/** What an estimate is of. */
interface Known extends Estimate {
  readonly queryId: string;
  readonly configuration: Configuration;
}

export class Knowledge {
  readonly built = new Map<string, Built>();
  readonly failedBuilds = new Map<string, string>();
  /** Proposals all of whose views are in the database already: rewrites need no switch to read them. */
  readonly inPlace = new Set<string>();
  /** As of `session:opened`. */
  writing: ReadonlyMap<string, string | undefined> | undefined;
  /** Cancelled by the user: not retried until desired again. */
  readonly dismissedBuilds = new Set<string>();
  readonly dismissedMeasurements = new Set<string>();
  /** By answerKey. */
  readonly answers = new Map<string, AnswerCheck>();
  readonly dismissedAnswers = new Set<string>();
  private readonly estimates = new Map<string, Known>();
  private readonly measurements = new Map<string, Measurement | 'failed'>();
  /** (query, plan, plan) of which a run failed when both were run to and fro: what is known of them has to do. */
  private readonly unrepeatable = new Set<string>();

  /** Built once, and switched off for the rest of the session. */
  readonly retired: Built[] = [];

  /** The proposal is gone or changed: plans and times with it no longer apply. */
  retire(id: string): void {
    const built = this.built.get(id);
    if (built !== undefined) this.retired.push(built);
    this.built.delete(id);
    this.failedBuilds.delete(id);
    this.dismissedBuilds.delete(id);
    for (const [key, { configuration }] of this.estimates)
      if (configuration.has(id)) this.estimates.delete(key);
    // Plans of the same shape under the same names may be its own; only the baseline's certainly are not.
    const kept = new Set(
      [...this.estimates.values()].flatMap(({ queryId, configuration, plan }) =>
        configuration.isBaseline && plan !== undefined ? [measurementKey(queryId, plan.fingerprint)] : [],
      ),
    );
    for (const key of this.measurements.keys()) if (!kept.has(key)) this.measurements.delete(key);
    this.unrepeatable.clear();
    this.forgetAnswers((_, planned) => approximates(planned)?.includes(id) === true);
  }

  private forgetAnswers(isGone: (queryId: string, planned: string) => boolean): void {
    for (const key of this.answers.keys()) {
      const at = key.indexOf('@');
      if (isGone(key.slice(0, at), key.slice(at + 1))) this.answers.delete(key);
    }
  }

  /** Estimates of other texts than those that are planned now, answers and run times of rewrites that are gone or changed. */
  reviseRewrites(before: Query, after: Query): void {
    const { id } = after;
    const forgotten = new Set<string>();
    for (const [key, { queryId, configuration, plan }] of this.estimates) {
      if (queryId !== id) continue;
      const texts = [before, after].map(query =>
        JSON.stringify(textsFor(query, configuration, this.inPlace)),
      );
      if (texts[0] === texts[1]) continue;
      this.estimates.delete(key);
      if (plan !== undefined) forgotten.add(measurementKey(id, plan.fingerprint));
    }
    const kept = [...this.estimates.values()].flatMap(({ queryId, plan }) =>
      queryId === id && plan !== undefined ? [measurementKey(id, plan.fingerprint)] : [],
    );
    for (const key of forgotten) if (!kept.includes(key)) this.measurements.delete(key);
    for (const rewrite of before.rewrites) {
      const same = after.rewrites.some(one => one.id === rewrite.id && one.sql === rewrite.sql);
      if (!same)
        this.forgetAnswers(
          (queryId, planned) => queryId === id && rewriteOf(before, planned)?.id === rewrite.id,
        );
    }
  }

  /** Views are dropped as soon as another build comes (build.ts): no other session can see them, so that blocks no other session. */
  forgetRetiredViews(): void {
    for (const [index, { made }] of [...this.retired.entries()].reverse())
      if (made.some(({ kind }) => kind === 'materialized view')) this.retired.splice(index, 1);
  }

  /** The built part of a desired state, and its settings: what the planner can see now. */
  effective(proposals: readonly string[], settings: readonly SettingChoice[] = []): Configuration {
    return Configuration.of(
      proposals.filter(id => this.built.has(id)),
      settings,
    );
  }

  /** Without hypothetical indexes: what a running query can use. */
  real(effective: Configuration): Configuration {
    return effective.only(id => this.built.get(id)?.hypothetical !== true);
  }

  /** The configurations that a desired state compares: its built part and the baseline; one if they are equal. */
  configurations({
    proposals,
    settings,
  }: Pick<DesiredState, 'proposals' | 'settings'>): readonly Configuration[] {
    const effective = this.effective(proposals, settings);
    return effective.isBaseline ? [effective] : [effective, Configuration.BASELINE];
  }

  estimate(queryId: string, effective: Configuration): Estimate | undefined {
    return this.estimates.get(estimateKey(queryId, effective));
  }

  learnEstimate(queryId: string, effective: Configuration, estimate: Estimate): void {
    this.estimates.set(estimateKey(queryId, effective), { ...estimate, queryId, configuration: effective });
  }

  /** Failures that may have passed are worth another try. */
  forgetTransientFailures(): void {
    for (const [key, { transient }] of this.estimates) if (transient === true) this.estimates.delete(key);
  }

  forgetEstimate(queryId: string, effective: Configuration): void {
    this.estimates.delete(estimateKey(queryId, effective));
  }

  /** After ANALYZE of a table that was there before, every plan may differ. */
  forgetEstimates(): void {
    this.estimates.clear();
  }

  isMeasured(queryId: string, fingerprint: string): boolean {
    return this.measurements.has(measurementKey(queryId, fingerprint));
  }

  measurement(queryId: string, fingerprint: string): Measurement | 'failed' | undefined {
    return this.measurements.get(measurementKey(queryId, fingerprint));
  }

  /** Cancelled by the user. */
  isDismissed(queryId: string, fingerprint: string): boolean {
    return this.dismissedMeasurements.has(measurementKey(queryId, fingerprint));
  }

  isRepeatable(queryId: string, fingerprints: readonly string[]): boolean {
    return !this.unrepeatable.has(measurementKey(queryId, fingerprints.join(' ')));
  }

  learnUnrepeatable(queryId: string, fingerprints: readonly string[]): void {
    this.unrepeatable.add(measurementKey(queryId, fingerprints.join(' ')));
  }

  learnMeasurement(queryId: string, fingerprint: string, measurement: Measurement | 'failed'): void {
    this.measurements.set(measurementKey(queryId, fingerprint), measurement);
  }

  forgetMeasurement(queryId: string, fingerprint: string): void {
    this.measurements.delete(measurementKey(queryId, fingerprint));
    this.unrepeatable.clear();
    this.dismissedMeasurements.delete(measurementKey(queryId, fingerprint));
  }
}

export const estimateKey = (queryId: string, effective: Configuration): string =>
  `${queryId}|${effective.key}`;

export interface QueryText {
  readonly sql: string;
  /** Id of the rewrite; undefined for the query's own text. */
  readonly rewrite: string | undefined;
}

/**
 * The texts that may be planned for a query under a configuration: the rewrites whose views are all there, else its
 * own. Of several the one with the lower estimated cost is the answer.
 */
export function textsFor(
  query: Query,
  effective: Configuration,
  inPlace?: ReadonlySet<string>,
): readonly QueryText[] {
  const isThere = (id: string) => effective.has(id) || inPlace?.has(id) === true;
  const rewrites = query.rewrites.filter(({ needs }) => needs.every(isThere));
  if (rewrites.length === 0) return [{ sql: query.sql, rewrite: undefined }];
  return rewrites.map(({ id, sql }) => ({ sql, rewrite: id }));
}

/** The text that an estimate was made of. */
export function sqlOf(query: Query, rewrite: string | undefined): string {
  return rewriteOf(query, rewrite)?.sql ?? query.sql;
}
