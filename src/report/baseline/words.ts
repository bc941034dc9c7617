/** Phrases shared by the log and the job summary. Not sanitized, because each escapes in its own way. */

import { formatMs, round } from '../../base/format.ts';
import { append } from '../../base/lists.ts';
import type { ComparedQuery, ComparedSide, Comparison, SidedRemark, SideFigures, Status } from './compare.ts';
import { type Grade, KINDS } from './remarks.ts';

/** In the order of the text. */
const COUNTED: readonly (readonly [Status, string])[] = [
  ['slower', 'slower'],
  ['changed', 'with another plan'],
  ['better', 'better'],
  ['same', 'as before'],
  ['new', 'new'],
  ['gone', 'gone'],
];

/** `1 of 5 queries got WORSE, 3 as before, 1 new`. */
export function counts({ queries }: Comparison): string {
  const count = (status: Status) => queries.filter(query => query.status === status).length;
  const all = queries.length - count('new') - count('gone');
  const worse = count('worse');
  const others = COUNTED.flatMap(([status, word]) =>
    count(status) === 0 ? [] : [`${count(status)} ${word}`],
  );
  const first = `${worse === 0 ? 'none' : worse} of ${all} ${all === 1 ? 'query' : 'queries'} got ${worse === 0 ? 'worse' : 'WORSE'}`;
  return [first, ...others].join(', ');
}

/** `plans.json (2026-11-20 09:12 UTC, pgopt-explore 0.1.0)`. */
export function origin({ baseline: { file, at, program } }: Comparison): string {
  const time = at === null || Number.isNaN(Date.parse(at)) ? undefined : new Date(at).toISOString();
  const said = [
    ...(time === undefined ? [] : [`${time.slice(0, 16).replace('T', ' ')} UTC`]),
    ...(program === null ? [] : [`pgopt-explore ${program}`]),
  ];
  return said.length === 0 ? file : `${file} (${said.join(', ')})`;
}

/** Explains the two sides; undefined: only one is compared. */
export function sidesText({ queries, configuration: { now } }: Comparison): string | undefined {
  if (queries.every(({ sides }) => sides.length < 2)) return undefined;
  return `before: the database as it is; after: ${now.length === 0 ? 'the same, without proposals' : `with ${now.join(', ')}`}`;
}

const GRADE: Readonly<Record<Status, Grade | undefined>> = {
  worse: 'worse',
  slower: 'slower',
  changed: 'noted',
  better: 'better',
  same: undefined,
  new: undefined,
  gone: undefined,
};

/** `WORSE: index scan became sequential scan, target missed`. */
export function verdict(query: ComparedQuery): string {
  const { status, remarks, renamedFrom } = query;
  const word = status === 'worse' ? 'WORSE' : status === 'same' ? 'as before' : status;
  const kinds = new Set(
    remarks.filter(({ grade }) => grade === GRADE[status]).map(({ kind }): string => KINDS[kind]),
  );
  kinds.delete(word);
  if (status === 'slower' && hasAnotherPlan(query)) kinds.add('another plan');
  const why = kinds.size === 0 ? '' : `: ${[...kinds].join(', ')}`;
  return `${word}${why}${renamedFrom === null ? '' : `; it was ${short(renamedFrom, MOST_OF_A_TITLE)}`}`;
}

/** Maximum length of a title in the log's table. */
export const MOST_OF_A_TITLE = 120;
/** Longer labels, titles and messages are cut. */
const LONGEST = 500;
export const short = (text: string, most = LONGEST): string =>
  text.length > most ? `${text.slice(0, most)}…` : text;

/** Starts with its side if the query has two and the remark concerns one. */
export function remarkText({ sides, text }: SidedRemark, query: ComparedQuery): string {
  return short(query.sides.length === 2 && sides.length === 1 ? `${sides[0]}: ${text}` : text);
}

/** Whether the plan changed on either side: a slowdown with another plan is rarely noise. */
export function hasAnotherPlan({ sides }: ComparedQuery): boolean {
  return sides.some(({ baseline, now }) => baseline.fingerprint !== now.fingerprint);
}

/** The run times of `after`, then and now; '': none. */
export function timesOf({ sides }: ComparedQuery): readonly [string, string] {
  const after = sides.find(({ side }) => side === 'after');
  return [timeOf(after?.baseline), timeOf(after?.now)];
}

function timeOf(figures: SideFigures | undefined): string {
  if (figures === undefined) return '';
  if (figures.timedOutAfterMs !== null) return `> ${round(formatMs(figures.timedOutAfterMs))}`;
  return figures.medianMs === null ? '' : formatMs(figures.medianMs);
}

interface Difference {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** At most this many lines of a difference; `check --json` has all. */
const MOST_LINES = 80;

/** The distinct differences: under `plan`, or under their side's name if the sides differ. */
export function differences({ sides }: ComparedQuery): readonly Difference[] {
  const byText = new Map<string, ComparedSide[]>();
  for (const side of sides) {
    if (side.difference.length === 0) continue;
    const text = side.difference.join('\n');
    append(byText, text, side);
  }
  return [...byText.values()].map(alike => {
    const lines = alike[0]?.difference ?? [];
    const more = lines.length > MOST_LINES ? [`  … ${lines.length - MOST_LINES} lines more`] : [];
    return {
      heading: alike.length === sides.length ? 'plan' : `plan ${alike.map(({ side }) => side).join(' and ')}`,
      lines: [...lines.slice(0, MOST_LINES).map(line => short(line)), ...more],
    };
  });
}
