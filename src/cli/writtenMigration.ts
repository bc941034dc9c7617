/** The kept proposals of a survey → a folder with the migration, its rollback, the queries to deploy and a report. */

import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { type Advice, adviceOf } from '../advisor/advice/advice.ts';
import { choiceModel, indexNeedModel, isAbout } from '../advisor/advice/models.ts';
import { indexNeedText } from '../advisor/advice/words.ts';
import { lostUnder } from '../advisor/indexNeeds.ts';
import { bit, contains, type Mask } from '../advisor/masks.ts';
import { matrixOf } from '../advisor/matrix.ts';
import { type Projection, projectBytes } from '../advisor/projection.ts';
import { surveyRequirements } from '../advisor/requirements/ofSurvey.ts';
import { standingsOf } from '../advisor/standings.ts';
import { allProposals, maskOf, type Survey } from '../advisor/survey.ts';
import { formatBytes, sanitize } from '../base/format.ts';
import { type ChangeFacts, changeFacts } from '../database/changeFacts.ts';
import type { ConnectionSettings } from '../database/connectionSettings.ts';
import { connect } from '../database/link.ts';
import { refuseTaken, writeFolder } from '../init/writeFolder.ts';
import { deployedRewrites, sqlFiles, worthlessRewrites } from '../migration/files.ts';
import type { Kept } from '../migration/plannedStep.ts';
import { namedIn } from '../migration/statementsOf.ts';
import type { ProductionAdvice } from '../report/advice/atProduction.ts';
import { type AdvicePage, advicePage } from '../report/html/advicePage.ts';
import type { ProductionEvidence } from '../report/migration/atProduction.ts';
import type { Evidence } from '../report/migration/effects.ts';
import { changeReport } from '../report/migration/report.ts';
import { addedOf, type TableFact } from '../session/events.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { Workload } from '../workload/workload.ts';
import type { Io } from './io.ts';
import { write } from './output.ts';
import { packageVersion } from './packageFile.ts';
import type { Target } from './target.ts';

interface Change
  extends Pick<
      Evidence,
      | 'program'
      | 'at'
      | 'server'
      | 'database'
      | 'surroundings'
      | 'repeat'
      | 'requirements'
      | 'whyNot'
      | 'production'
      | 'tried'
    >,
    Pick<AdvicePage, 'advice' | 'choice' | 'isRecommended' | 'atProduction'> {
  readonly workload: Workload;
  readonly survey: Survey;
  readonly kept: Mask;
  /** As in `session:opened`, for projections. */
  readonly tables: readonly TableFact[];
}

/** The default of `advise --within`. */
const NEAR = 0.05;

export interface Surveyed {
  readonly workload: Workload;
  readonly survey: Survey;
  readonly kept: Mask;
  /** As in `session:opened`. */
  readonly tables: readonly TableFact[];
  readonly serverVersion: string;
  readonly production?: ProductionEvidence | undefined;
  /** The options on the command line that requested production. */
  readonly asked?: string | undefined;
  /** The advice, if already computed, which takes a while. */
  readonly advice?: Advice | undefined;
  readonly atProduction?: ProductionAdvice | undefined;
}

export function surveyedChange(
  surveyed: Surveyed,
  { label, scale }: Pick<Target, 'label' | 'scale'>,
): Change {
  const { workload, survey, kept, tables, serverVersion, production, asked } = surveyed;
  const { under, demands } = surveyRequirements(workload, survey, tables, serverVersion);
  const advice = surveyed.advice ?? adviceOf(survey, demands, NEAR);
  return {
    workload,
    survey,
    kept,
    tables,
    production,
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
      .filter(({ helps }) => helps === 'nothing')
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
              .map(one => indexNeedText(indexNeedModel(one)))
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

/**
 * Called before anything is measured, because a refusal at the end would come too late.
 * @throws PgoptError 'folder-taken'
 */
export const refuseTakenFolder = (folder: string, { cwd }: Pick<Io, 'cwd'>): Promise<void> =>
  refuseTaken(resolve(cwd(), folder), folder);

/** Reads the catalog facts for the files, over a connection of its own. */
export async function readChangeFacts(
  settings: ConnectionSettings,
  { workload, survey, kept }: Pick<Change, 'workload' | 'survey' | 'kept'>,
  signal?: AbortSignal,
): Promise<ChangeFacts> {
  const named = await namedIn(keptProposals(workload, survey, kept));
  const link = await connect(settings, 'pgopt-explore change', signal);
  try {
    return await changeFacts(link, named);
  } finally {
    await link.end();
  }
}

/** Path inside the folder → text. */
export async function changeFiles(change: Change, facts: ChangeFacts): Promise<ReadonlyMap<string, string>> {
  const { workload, survey, kept, tables } = change;
  const deployed = deployedRewrites(workload, survey, kept);
  const projections = projectionsOf(workload, survey, tables);
  const proposals = keptProposals(workload, survey, kept).map(
    (proposal): Kept => ({
      proposal,
      built: survey.proposals.find(({ id }) => id === proposal.id),
      projectedBytes: projections.get(proposal.id)?.bytes,
      lost: lostUnder(survey, kept)
        .filter(isAbout(proposal.id))
        .map(need => indexNeedText(indexNeedModel(need))),
      readBy: deployed.filter(({ rewrite }) => rewrite.needs.includes(proposal.id)).map(({ path }) => path),
    }),
  );
  const origin = {
    ...change,
    title: workload.title,
    proposals: survey.proposals.length + survey.leftOut.length,
  };
  const files = await sqlFiles(proposals, facts, origin, deployed);
  const worthless = worthlessRewrites(workload, survey, kept);
  const report = changeReport({ ...change, title: workload.title, projections, deployed, worthless });
  return new Map([...files, ['report.md', report], ['report.html', pageOf(change, projections)]]);
}

/** `report.md` as HTML. */
export function pageOf(
  change: Change,
  projections = projectionsOf(change.workload, change.survey, change.tables),
): string {
  return advicePage({ ...change, title: change.workload.title, projections });
}

/**
 * @param folder As the user wrote it.
 * @param output Receives the list of written files.
 * @throws PgoptError 'folder-taken'; then nothing was written
 */
export async function writeChange(
  folder: string,
  files: ReadonlyMap<string, string>,
  io: Pick<Io, 'cwd' | 'stdout'>,
  output: Io['stdout'] | Io['stderr'] = io.stdout,
): Promise<void> {
  await writeFolder(resolve(io.cwd(), folder), files, folder);
  const lines = [`Wrote ${folder}:`, ...[...files.keys()].sort().map(file => `  ${file}`)];
  await write(output, `${lines.map(line => sanitize(line)).join('\n')}\n`);
}

/** In the workload's order. */
function keptProposals({ proposals }: Workload, survey: Survey, kept: Mask) {
  const chosen = kept & allProposals(survey);
  const ids = survey.proposals.filter((_, position) => contains(chosen, bit(position))).map(({ id }) => id);
  return proposals.filter(({ id }) => ids.includes(id));
}

function projectionsOf(
  { budgets }: Workload,
  survey: Survey,
  tables: readonly TableFact[],
): ReadonlyMap<string, Projection> {
  return new Map(
    survey.proposals.flatMap(one => {
      const projection = projectBytes(addedOf(one), budgets.productionRows, tables);
      return factsOf(one).standsForExisting || projection === undefined
        ? []
        : [[one.id, projection] as const];
    }),
  );
}
