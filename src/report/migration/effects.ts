/** The parts of report.md besides the survey, which only the command knows. */
import type { Mask } from '../../advisor/masks.ts';
import type { Projection } from '../../advisor/projection.ts';
import { compareConfigurations, type Survey } from '../../advisor/survey.ts';
import { formatFactor } from '../../base/format.ts';
import { text } from '../markdown.ts';
import type { EvidenceAhead } from './atProduction.ts';

export interface Evidence {
  /** The workload's title. */
  readonly title: string;
  readonly survey: Survey;
  /** The configuration that the change is for. */
  readonly kept: Mask;
  /** `pgopt-explore 0.4.0` */
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  /** `PostgreSQL 15.18` */
  readonly server: string;
  /** How a person calls the database, with the demo's scale; no password in it. */
  readonly database: string;
  /** Whatever else the figures depend on, as name and value: cores, memory, settings of the server. */
  readonly surroundings: readonly (readonly [string, string])[];
  /** The command line that gives such figures again; no password in it. */
  readonly repeat: string;
  readonly requirements: readonly RequirementLine[];
  /** Why a proposal is not kept, by its id: a sentence without a full stop. What it does is said of all of them. */
  readonly whyNot: ReadonlyMap<string, string>;
  /** At production size, by proposal. */
  readonly projections: ReadonlyMap<string, Projection>;
  /** Of production, where it was asked for. */
  readonly ahead?: EvidenceAhead | undefined;
  /** Files of the change that replace the texts of queries. */
  readonly deployed: readonly { readonly queryIds: readonly string[]; readonly path: string }[];
  /** Queries whose rewrite saves nothing clear: they keep their own text. */
  readonly worthless?: readonly string[] | undefined;
  /** Configurations that a person tried in the explorer, in the order of their first trial. */
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
  /** The evidence: a sentence without a full stop. */
  readonly evidence: string;
}

type RequirementState = 'pass' | 'fail' | 'not applicable' | 'not measured';

/** One configuration compared with another: which queries get faster, which slower. Pure. */

/** `faster: 2 (23×), 5 (29×); **SLOWER**: 3 (1.3×)`; queries by their numbers, or by their ids where values are several. */
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

/** A query's number, with its values where it has several sets; Markdown. */
export function numberOf(
  { queries }: Pick<Survey, 'queries'>,
  { id, number }: { readonly id: string; readonly number: number },
): string {
  const several = queries.some(other => other.number === number && other.id !== id);
  const [, label = '1'] = id.split('#');
  return several ? `${number}·${text(label)}` : String(number);
}
