/** An earlier `check --json` and today's → what became of each query: the `comparison` of docs/check-json.md. Pure. */
import { changedBy, circumstances } from './circumstances.ts';
import { type Match, matchQueries } from './match.ts';
import { planDifference } from './planLines.ts';
import type { Grade, Remark } from './remark.ts';
import { remarksOnAnswers, remarksOnSide } from './remarks.ts';
import { type StillFailing, stillFailing } from './stillFailing.ts';
import type { Comparable, ComparableQuery, ComparableSide } from './types.ts';

/** `before` is the database as it is, `after` what was chosen on: as everywhere in a check. */
export type SideName = 'before' | 'after';

export type Status = 'worse' | 'slower' | 'changed' | 'better' | 'same' | 'new' | 'gone';

export interface Comparison {
  readonly baseline: { readonly file: string; readonly program: string | null; readonly at: string | null };
  /** A query got worse: exit code 1. */
  readonly worse: boolean;
  /** What is switched under `after`: proposals that are on, `without …` for existing indexes that are off. */
  readonly configuration: { readonly baseline: readonly string[]; readonly now: readonly string[] };
  /** Why plans may differ that is no query's fault. */
  readonly circumstances: readonly string[];
  readonly queries: readonly ComparedQuery[];
  /** Requirements that are not met now, and were not then: they fail nothing here. */
  readonly stillFailing: readonly StillFailing[];
}

export interface ComparedQuery {
  readonly id: string;
  readonly number: number | null;
  readonly title: string;
  /** Its id in the baseline, where it is another one. */
  readonly renamedFrom: string | null;
  readonly status: Status;
  readonly remarks: readonly SidedRemark[];
  readonly sides: readonly ComparedSide[];
}

export type SidedRemark = Remark & {
  /** None for what is of the query as a whole. */
  readonly sides: readonly SideName[];
};

export interface ComparedSide {
  readonly side: SideName;
  readonly baseline: SideFigures;
  readonly now: SideFigures;
  /** Lines of a diff; none where the steps are the same. */
  readonly difference: readonly string[];
}

export type SideFigures = Pick<ComparableSide, 'medianMs' | 'timedOutAfterMs' | 'fingerprint'>;

/** @param file The baseline's, as it was named. */
export function compareWithBaseline(file: string, then: Comparable, now: Comparable): Comparison {
  const configuration = { baseline: changedBy(then), now: changedBy(now) };
  // Nothing switched, then and now: both sides are the database as it is.
  const names: readonly SideName[] =
    configuration.baseline.length + configuration.now.length === 0 ? ['after'] : ['before', 'after'];
  const queries = matchQueries(then.queries, now.queries).map(pair => compared(pair, names));
  return {
    baseline: { file, program: then.program, at: then.at },
    worse: queries.some(({ status }) => status === 'worse'),
    configuration,
    circumstances: circumstances(then, now),
    queries,
    stillFailing: stillFailing(then, now),
  };
}

function compared(
  { was, now }: Match<ComparableQuery, ComparableQuery>,
  names: readonly SideName[],
): ComparedQuery {
  const query = now ?? was;
  if (query === undefined) throw new Error('a match has a query');
  const { id, number, title } = query;
  const told = { id, number, title, renamedFrom: null, remarks: [], sides: [] };
  if (was === undefined) return { ...told, status: 'new' };
  if (now === undefined) return { ...told, status: 'gone' };
  const targets = { was: was.targetMs, now: now.targetMs };
  const remarks = [
    ...merged(
      names.flatMap(side =>
        remarksOnSide(was[side], now[side], side === 'after' ? targets : undefined).map(remark => ({
          ...remark,
          sides: [side],
        })),
      ),
    ),
    ...remarksOnAnswers(was, now).map(remark => ({ ...remark, sides: [] })),
  ].sort((a, b) => RANK.indexOf(a.grade) - RANK.indexOf(b.grade));
  const sides = names.map(
    (side): ComparedSide => ({
      side,
      baseline: figures(was[side]),
      now: figures(now[side]),
      difference: planDifference(was[side].plan, now[side].plan),
    }),
  );
  const renamedFrom = was.id === id ? null : was.id;
  return { ...told, renamedFrom, remarks, sides, status: statusOf(remarks) };
}

const RANK: readonly Grade[] = ['worse', 'slower', 'told', 'better'];

/** The gravest. Something that is only told beside an improvement is part of it: the plan did change. */
function statusOf(remarks: readonly Remark[]): Status {
  const has = (grade: Grade) => remarks.some(remark => remark.grade === grade);
  if (has('worse')) return 'worse';
  if (has('slower')) return 'slower';
  if (has('better')) return 'better';
  return has('told') ? 'changed' : 'same';
}

/** What holds for both sides in the same words is said once. */
function merged(remarks: readonly SidedRemark[]): readonly SidedRemark[] {
  const byText = new Map<string, SidedRemark>();
  for (const remark of remarks) {
    const known = byText.get(remark.text);
    byText.set(
      remark.text,
      known === undefined ? remark : { ...known, sides: [...known.sides, ...remark.sides] },
    );
  }
  return [...byText.values()];
}

function figures({ medianMs, timedOutAfterMs, fingerprint }: ComparableSide): SideFigures {
  return { medianMs, timedOutAfterMs, fingerprint };
}
