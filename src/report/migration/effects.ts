/** The data of report.md, and the effects of a configuration on the queries. */
import type { Mask } from '../../advisor/masks.ts';
import type { Projection } from '../../advisor/projection.ts';
import { compareConfigurations, type Survey } from '../../advisor/survey.ts';
import { formatFactor } from '../../base/format.ts';
import { text } from '../markdown.ts';
import type { ProductionEvidence } from './atProduction.ts';

export interface Evidence {
  /** The workload's title. */
  readonly title: string;
  readonly survey: Survey;
  /** The configuration that the migration creates. */
  readonly kept: Mask;
  /** `pgopt-explore 0.4.0` */
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  /** `PostgreSQL 15.18` */
  readonly server: string;
  /** The database's label, with the demo's scale; without the password. */
  readonly database: string;
  /** What else the figures depend on, as name and value: cores, memory, settings. */
  readonly surroundings: readonly (readonly [string, string])[];
  /** The command line that reproduces the figures; without the password. */
  readonly repeat: string;
  readonly requirements: readonly RequirementLine[];
  /** Id → why the proposal is not kept, without a full stop. */
  readonly whyNot: ReadonlyMap<string, string>;
  /** By id of a proposal, at production size. */
  readonly projections: ReadonlyMap<string, Projection>;
  /** Production's evidence, if requested. */
  readonly production?: ProductionEvidence | undefined;
  /** Files that replace the texts of queries. */
  readonly deployed: readonly { readonly queryIds: readonly string[]; readonly path: string }[];
  /** Queries that keep their text, because the rewrite has no clear benefit. */
  readonly worthless?: readonly string[] | undefined;
  /** Configurations that the user tried in the explorer, in order of the first trial. */
  readonly tried?: readonly TriedRow[] | undefined;
}

export interface TriedRow {
  /** Ids and settings. */
  readonly words: string;
  /** `12.5 s → 0.77 s`, or `–`. */
  readonly total: string;
  /** `5 of 6`: queries with a run time on both sides. */
  readonly measured: string;
  /** ISO 8601: when it was first on. */
  readonly at: string;
}

export const TRIED = {
  title: 'Configurations that were tried',
  columns: ['configuration', 'all queries, before → after', 'measured', 'first on'],
} as const;

interface RequirementLine {
  /** `REQ-07` */
  readonly id: string;
  readonly text: string;
  readonly before: RequirementState;
  readonly after: RequirementState;
  /** A sentence without a full stop. */
  readonly evidence: string;
}

type RequirementState = 'pass' | 'fail' | 'not applicable' | 'not measured';

/**
 * Compares two configurations: `faster: 2 (23×), 5 (29×); **SLOWER**: 3 (1.3×)`. Queries by number, or by id if they
 * share one.
 */
export function effectsOf(survey: Survey, from: Mask, to: Mask): string {
  const judged = survey.queries.map(query => ({
    query,
    verdict: compareConfigurations(survey, query, from, to),
  }));
  const list = (kind: 'faster' | 'slower') =>
    judged.flatMap(({ query, verdict }) =>
      verdict.kind === kind
        ? [`${numberOf(survey, query)} (${verdict.atLeast ? '> ' : ''}${formatFactor(verdict.factor).text})`]
        : [],
    );
  const [faster, slower] = [list('faster'), list('slower')];
  const unknown = judged.filter(({ verdict }) => verdict.kind === 'not measured').length;
  const parts = [
    ...(faster.length === 0 ? [] : [`faster: ${faster.join(', ')}`]),
    ...(slower.length === 0 ? [] : [`**SLOWER**: ${slower.join(', ')}`]),
    ...(unknown === 0 ? [] : [`not measured: ${unknown}`]),
  ];
  return parts.length === 0 ? 'no clear difference' : parts.join('; ');
}

/** A query's number, with its values if it has several sets; Markdown. */
export function numberOf(
  { queries }: Pick<Survey, 'queries'>,
  { id, number }: { readonly id: string; readonly number: number },
): string {
  const several = queries.some(other => other.number === number && other.id !== id);
  const [, label = '1'] = id.split('#');
  return several ? `${number}·${text(label)}` : String(number);
}
