/** A survey and its kept proposals → the data for the migration's files and reports. */
import { cpus, totalmem } from 'node:os';
import { type Advice, adviceOf } from '../advisor/advice/advice.ts';
import { keeperText } from '../advisor/advice/keeperText.ts';
import { choiceModel, isAbout, keeperModel } from '../advisor/advice/models.ts';
import type { Mask } from '../advisor/masks.ts';
import { matrixOf } from '../advisor/matrix.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import { standingsOf } from '../advisor/standings.ts';
import { maskOf, type Survey } from '../advisor/survey.ts';
import { formatBytes } from '../base/format.ts';
import type { AheadModel } from '../report/advice/atProduction.ts';
import type { EvidenceAhead } from '../report/migration/atProduction.ts';
import type { TableFact } from '../session/events.ts';
import type { Workload } from '../workload/workload.ts';
import { packageVersion } from './packageFile.ts';
import type { Target } from './target.ts';
import type { Change } from './writtenMigration.ts';

export interface Surveyed {
  readonly workload: Workload;
  readonly survey: Survey;
  readonly kept: Mask;
  /** As in `session:opened`. */
  readonly tables: readonly TableFact[];
  readonly serverVersion: string;
  readonly ahead?: EvidenceAhead | undefined;
  /** The options on the command line that requested production. */
  readonly asked?: string | undefined;
  /** The share of the fastest total time that counts as near. */
  readonly within?: number | undefined;
  /** The advice, if already computed, which takes a while. */
  readonly advice?: Advice | undefined;
  readonly atProduction?: AheadModel | undefined;
}

export function surveyedChange(
  surveyed: Surveyed,
  { label, scale }: Pick<Target, 'label' | 'scale'>,
): Change {
  const { workload, survey, kept, tables, serverVersion, ahead, asked } = surveyed;
  const { under, demands } = surveyRequirements(workload, survey, tables, serverVersion);
  const advice = surveyed.advice ?? adviceOf(survey, demands, surveyed.within ?? 0.05);
  return {
    workload,
    survey,
    kept,
    tables,
    ahead,
    advice,
    choice: choiceModel(survey, kept, demands),
    isRecommended: advice.recommended !== null && maskOf(survey, advice.recommended.proposals) === kept,
    atProduction: surveyed.atProduction,
    program: `pgopt-explore ${packageVersion()}`,
    at: new Date().toISOString(),
    server: `PostgreSQL ${serverVersion}`,
    database: label,
    surroundings: [
      ['processors', `${cpus().length}`],
      ['memory', formatBytes(totalmem())],
      ['Node.js', process.versions.node],
    ],
    repeat: `pgopt-explore advise ${asked ?? (scale === undefined ? '--url …' : `--scale ${scale}`)}`,
    requirements: under(kept).map(({ id, title, before, after }) => ({
      id,
      text: title,
      before: before.state,
      after: after.state,
      evidence: after.text,
    })),
    whyNot: whyNot(survey, kept),
  };
}

/** Why each other proposal is not kept, where known. */
function whyNot(survey: Survey, kept: Mask): ReadonlyMap<string, string> {
  const helpless = new Set(
    matrixOf(survey, [kept])
      .columns.filter(({ helpsNothing }) => helpsNothing)
      .map(({ proposal }) => proposal),
  );
  return new Map(
    standingsOf(survey, kept).flatMap(({ id, advice, why, unmeasured, lost }) => {
      if (advice === 'unknown') return [[id, `its effect is unknown: ${why ?? ''}`] as const];
      if (lost.some(isAbout(id)))
        return [
          [
            id,
            lost
              .filter(isAbout(id))
              .map(one => keeperText(keeperModel(one)))
              .join('; '),
          ] as const,
        ];
      if (advice === 'not measured')
        return [
          [
            id,
            `not measured: ${unmeasured.length === 0 ? 'its answer was not compared' : unmeasured.join(', ')}`,
          ] as const,
        ];
      return helpless.has(id) ? [[id, 'makes no query clearly faster'] as const] : [];
    }),
  );
}
