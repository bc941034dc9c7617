/** What is kept of a survey, with all that the files of its change must say of where it was found out. */
import { cpus, totalmem } from 'node:os';
import { keeperText } from '../advisor/advice/keeperText.ts';
import { isAbout, keeperModel } from '../advisor/advice/models.ts';
import type { Mask } from '../advisor/masks.ts';
import { matrixOf } from '../advisor/matrix.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import { standingsOf } from '../advisor/standings.ts';
import type { Survey } from '../advisor/survey.ts';
import { formatBytes } from '../base/format.ts';
import type { EvidenceAhead } from '../report/migration/atProduction.ts';
import type { TableFact } from '../session/events.ts';
import type { Workload } from '../workload/types.ts';
import { packageVersion } from './packageFile.ts';
import type { Target } from './target.ts';
import type { Change } from './writtenMigration.ts';

export interface Surveyed {
  readonly workload: Workload;
  readonly survey: Survey;
  readonly kept: Mask;
  /** As the session told them when it was opened. */
  readonly tables: readonly TableFact[];
  readonly serverVersion: string;
  /** Of production, where it was asked for. */
  readonly ahead?: EvidenceAhead | undefined;
  /** How production was asked for, as on the command line. */
  readonly asked?: string | undefined;
}

export function surveyedChange(
  { workload, survey, kept, tables, serverVersion, ahead, asked }: Surveyed,
  { label, scale }: Pick<Target, 'label' | 'scale'>,
): Change {
  const { under } = surveyRequirements(workload, survey, tables, serverVersion);
  return {
    workload,
    survey,
    kept,
    tables,
    ahead,
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

/** Why each other proposal is not kept, as far as that is known. */
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
