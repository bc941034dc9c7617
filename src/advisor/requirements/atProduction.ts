/** The requirements at production size, under any configuration of a survey of production. */
import type { TableFact } from '../../session/events.ts';
import type { Workload } from '../../workload/workload.ts';
import type { Mask } from '../masks.ts';
import { type AtProduction, type ProductionSide, unrehearsed } from '../projected.ts';
import { BASELINE, idsOf, planUnder, type Survey, type SurveyedQuery } from '../survey.ts';
import { requirementsOf } from './board.ts';
import { knownAtProduction } from './known.ts';
import { demanding, type SurveyRequirements } from './ofSurvey.ts';

/** Plans and bytes come from the lens, times and memory from projections. */
export function requirementsAtProduction(
  workload: Workload,
  survey: Survey,
  tables: readonly TableFact[],
  serverVersion: string | undefined,
): SurveyRequirements {
  const board = (configuration: Mask) => {
    const known = knownAtProduction(
      workload,
      idsOf(survey, configuration),
      productionUnder(survey, tables, serverVersion, configuration),
    );
    return requirementsOf(known.known, known);
  };
  return demanding(workload, survey, board, ({ atProductionSize }) => atProductionSize);
}

function productionUnder(
  survey: Survey,
  tables: readonly TableFact[],
  serverVersion: string | undefined,
  configuration: Mask,
): AtProduction {
  const sides = (under: Mask) =>
    new Map(survey.queries.map(query => [query.id, sideUnder(survey, query, under)] as const));
  return {
    sizes: [],
    tables,
    serverVersion,
    objects: new Map(survey.proposals.map(({ id, objects }) => [id, objects])),
    before: sides(BASELINE),
    after: sides(configuration),
    remarks: [],
  };
}

function sideUnder(survey: Survey, query: SurveyedQuery, configuration: Mask): ProductionSide {
  const plan = planUnder(survey, query, configuration);
  const why = plan?.failure ?? query.failure ?? 'not projected';
  return unrehearsed({
    plan: plan?.estimate,
    rewrite: plan?.rewrite,
    failure: query.failure,
    time: plan?.projected ?? { kind: 'unknown', why },
  });
}
