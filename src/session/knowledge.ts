/** Results of a session so far: builds, estimates, measurements, comparisons. */
import type { Plan } from '../plan/plan.ts';
import type { SettingChoice } from '../workload/plannerSettings.ts';
import type { Query, WriteReasons } from '../workload/workload.ts';
import type { AnswerCheck } from './answers.ts';
import type { Built } from './builders/builder.ts';
import { Configuration } from './configuration.ts';
import { type DesiredState, type Measurement, measurementKey } from './events.ts';
import { approximates, rewriteOf } from './plannedText.ts';

export interface Estimate {
  readonly plan: Plan | undefined;
  /** Set when the server refused the query. */
  readonly failure: string | undefined;
  readonly rewrite: string | undefined;
  /** A lock, a cancel, lack of memory: the next attempt may succeed. */
  readonly transient?: boolean;
}

interface StoredEstimate extends Estimate {
  readonly queryId: string;
  readonly configuration: Configuration;
}

export class Knowledge {
  readonly built = new Map<string, Built>();
  readonly failedBuilds = new Map<string, string>();
  /** Proposals whose views all exist already: their rewrites need no switch. */
  readonly inPlace = new Set<string>();
  /** From `session:opened`. */
  writing: WriteReasons | undefined;
  /** The user cancelled these: not retried until desired again. */
  readonly dismissedBuilds = new Set<string>();
  readonly dismissedMeasurements = new Set<string>();
  /** By answerKey. */
  readonly answers = new Map<string, AnswerCheck>();
  readonly dismissedAnswers = new Set<string>();
  private readonly estimates = new Map<string, StoredEstimate>();
  private readonly measurements = new Map<string, Measurement | 'failed'>();
  /** (query, plan, plan) with a failed run in the alternating rounds: their known times have to do. */
  private readonly unrepeatable = new Set<string>();

  /** Objects of removed proposals: they exist, switched off, until the session ends. */
  readonly retired: Built[] = [];

  /** Call it when a proposal is removed or changed: plans and times with it no longer apply. */
  retire(id: string): void {
    const built = this.built.get(id);
    if (built !== undefined) this.retired.push(built);
    this.built.delete(id);
    this.failedBuilds.delete(id);
    this.dismissedBuilds.delete(id);
    for (const [key, { configuration }] of this.estimates)
      if (configuration.has(id)) this.estimates.delete(key);
    // The same fingerprint may mean another index of the same name; only the baseline's plans are certainly
    // unaffected.
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

  /** Forgets estimates of texts that are not planned any more, and comparisons and run times of removed or changed rewrites. */
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

  /** The next build drops retired views (builders/create.ts): no other session sees them, so that blocks none. */
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

  forgetTransientFailures(): void {
    for (const [key, { transient }] of this.estimates) if (transient === true) this.estimates.delete(key);
  }

  forgetEstimate(queryId: string, effective: Configuration): void {
    this.estimates.delete(estimateKey(queryId, effective));
  }

  /** Call it after ANALYZE of an existing table: every plan may differ. */
  forgetEstimates(): void {
    this.estimates.clear();
  }

  measurement(queryId: string, fingerprint: string): Measurement | 'failed' | undefined {
    return this.measurements.get(measurementKey(queryId, fingerprint));
  }

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
 * The texts that may be planned for a query under a configuration: the rewrites whose views all exist, else its own.
 * The one with the lowest estimated cost is the query's plan.
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

/** The text that an estimate was made for. */
export function sqlOf(query: Query, rewrite: string | undefined): string {
  return rewriteOf(query, rewrite)?.sql ?? query.sql;
}
