/** What is kept of a survey, with all that the files of its change must say of where it was found out. */
import { cpus, totalmem } from 'node:os';
import type { Mask } from '../advisor/masks.ts';
import { matrixOf } from '../advisor/matrix.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import type { Survey } from '../advisor/survey.ts';
import { formatBytes } from '../format/index.ts';
import { packageVersion } from '../package.ts';
import type { EvidenceAhead } from '../report/change/ahead.ts';
import type { TableFact } from '../session/events.ts';
import type { Workload } from '../workload/types.ts';
import type { Target } from './target.ts';
import type { Change } from './writeChange.ts';

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
    whyNot: new Map(
      matrixOf(survey)
        .columns.filter(({ helpsNothing }) => helpsNothing)
        .map(({ proposal }) => [proposal, 'makes no query clearly faster, whatever else is on']),
    ),
  };
}
