/** The suggestion document → text: what to build, for which queries, at what cost; then the SQL. */

import stringWidth from 'string-width';
import { evidenceText, verdictText } from '../../advisor/advice/words.ts';
import { formatBytes, formatMs, plural, round, sanitize } from '../../base/format.ts';
import { MARGIN } from '../../suggestion/proposalSets.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';
import { NOT_ASKED } from '../../workload/workload.ts';
import { cut, wrap } from '../advice/wrap.ts';
import { columns } from '../columns.ts';
import { databaseName, nameOfQuery, queryName } from '../reportNames.ts';
import type { SuggestionDocument } from './document.ts';

type Suggestion = SuggestionDocument['suggestions'][number];
type SuggestedQuery = SuggestionDocument['queries'][number];

/** Width of prose without a terminal; tables take what they need. */
const PROSE = 100;

/**
 * @param columns Of the terminal; undefined: a file or pipe.
 * @returns Text with a trailing newline.
 */
export function suggestionText(document: SuggestionDocument, columns: number | undefined): string {
  const width = columns ?? PROSE;
  const { target, planned } = document;
  const place = planned
    ? `${target.label}: planned, ${document.effort.executions === 0 ? 'nothing was run' : 'no proposal could be built here'}`
    : `${databaseName(target.label, target.serverVersion)}: everything was rolled back, nothing is committed`;
  const sections = [
    wrap(sanitize(place), width),
    ...answer(document, width),
    ...queryTable(document, columns ?? Number.POSITIVE_INFINITY),
    ...created(document, width),
    ...untried(document, width),
    ...otherSets(document),
    ...alternatives(document, width),
    ...rejected(document, width),
    ...sureness(document, width),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Without head, SQL and alternatives: for a screen that shows the proposals beside it. */
export function foundText(document: SuggestionDocument, width: number): string {
  const of = [answer, queryTable, recommended, untried, rejected, sureness];
  return of.flatMap(section => section(document, width)).join('\n\n');
}

/** A projection that may be no better than before does not meet its target. */
const isMet = ({ production: { meets, scansLargeTable, risky }, failure }: SuggestedQuery) =>
  meets && !scansLargeTable && !risky && failure === null;

/** It writes and was not run, so its time is the planner's cost alone. */
const isUnrun = ({ writes, failure, verdict }: SuggestedQuery): boolean =>
  writes !== null && failure === null && (verdict.kind === 'not measured' || verdict.kind === 'same plan');

/** Not met for lack of a margin alone. */
const isClose = ({ production: { meets, afterMs }, targetMs }: SuggestedQuery) =>
  !meets && afterMs < targetMs;

function whyUnmet(query: SuggestedQuery): string {
  if (query.failure !== null) return ' (failed)';
  const { meets, scansLargeTable } = query.production;
  if (isClose(query)) return ` (${CLOSE} of its target)`;
  return !meets ? '' : scansLargeTable ? ' (Seq Scan of a large table)' : ' (may be no faster)';
}

/** `a`, `a and b`, `a, b and c` */
const listOf = (parts: readonly string[]): string =>
  [parts.slice(0, -1).join(', '), parts.at(-1)].filter(part => part !== '').join(' and ');

const CLOSE = `within ${Math.round((1 - MARGIN) * 100)} %`;

const isRecommended = ({ recommended }: SuggestionDocument, { id }: Suggestion): boolean =>
  recommended.includes(id);

function answer(document: SuggestionDocument, width: number): string[] {
  const { suggestions, queries, productionBytes, budgetBytes, unplanned, complete, planned } = document;
  const chosen = suggestions.filter(one => isRecommended(document, one));
  const unrun = planned ? [] : queries.filter(isUnrun);
  const unmet = queries.filter(one => !isMet(one) && !unrun.includes(one));
  const met = queries.length - unmet.length - unrun.length;
  const stale = queries.filter(({ by }) =>
    by.some(id => chosen.some(one => one.id === id && PROPOSAL_KINDS[one.kind].addsViews)),
  );
  const kinds = Object.entries(PROPOSAL_KINDS).flatMap(([kind, words]) => {
    const count = chosen.filter(one => one.kind === kind).length;
    return count === 0 ? [] : [plural(count, words.singular, words.plural)];
  });
  const lines =
    chosen.length === 0
      ? [
          queries.length === 0
            ? 'Nothing can be suggested: no query could be planned at production size.'
            : complete
              ? 'Nothing to suggest: no candidate saves enough to be worth its bytes.'
              : 'Nothing is suggested: no candidate was measured that saves enough to be worth its bytes.',
        ]
      : [
          `Suggested: ${listOf(kinds)}, ${formatBytes(productionBytes)} of ${round(formatBytes(budgetBytes))} at production size.`,
          met === queries.length
            ? `${queries.length === 1 ? 'The query then meets its target' : `${queries.length === 2 ? 'Both' : `All ${queries.length}`} queries then meet their targets`} there.`
            : [
                `${met} of ${plural(queries.length, 'query', 'queries')} then meet their targets there`,
                ...(unmet.length === 0
                  ? []
                  : [`not ${unmet.map(one => `${queryName(one, queries)}${whyUnmet(one)}`).join(', ')}`]),
                ...(unrun.length === 0
                  ? []
                  : [`not measured: ${unrun.map(one => queryName(one, queries)).join(', ')}`]),
              ]
                .join('; ')
                .concat('.'),
          ...(stale.length === 0
            ? []
            : [
                `${numbered(stale, queries)} then ${stale.length === 1 ? 'reads a view' : 'read views'}: rows as of the last REFRESH.`,
              ]),
        ];
  return [
    [
      ...lines,
      ...unplanned.map(({ query, reason }) => `Not planned: ${query}: ${reason}`),
      ...(complete
        ? []
        : ['Not finished: it was stopped, or the time was spent (--budget). A longer search may find more.']),
    ]
      .map(line => wrap(sanitize(line), width))
      .join('\n'),
  ];
}

const numbered = (queries: SuggestionDocument['queries'], all: SuggestionDocument['queries']): string =>
  `${queries.length === 1 ? 'Query' : 'Queries'} ${queries.map(one => queryName(one, all)).join(', ')}`;

function hereText({ neverRun, failure, by, verdict }: SuggestedQuery, isShort: boolean): string {
  if (neverRun !== null) return 'never run';
  if (failure !== null) return 'failed';
  // Indexes for other queries slow a write down.
  const isTouched = by.length > 0 || (verdict.kind !== 'not measured' && verdict.kind !== 'same plan');
  if (!isTouched) return '';
  return isShort ? verdictText(verdict) : measuredText(verdict);
}

function productionText({ by, production: { beforeMs, afterMs } }: SuggestedQuery): string {
  const before = `≈ ${formatMs(beforeMs)}`;
  return by.length === 0 && beforeMs === afterMs ? before : `${before} → ${formatMs(afterMs)}`;
}

function targetText(query: SuggestedQuery, planned: boolean): string {
  if (!planned && isUnrun(query)) return 'not measured';
  if (isMet(query)) return 'met';
  if (query.failure !== null) return 'unknown';
  const { meets, scansLargeTable } = query.production;
  if (isClose(query)) return CLOSE;
  return !meets ? 'MISSED' : scansLargeTable ? 'Seq Scan' : 'not sure';
}

/** The widest form that fits; drops times before factors. */
function queryTable({ queries, planned }: SuggestionDocument, width: number): string[] {
  if (queries.length === 0) return [];
  const table = (names: number, titles: number, isShort: boolean) =>
    columns(
      [
        '#',
        'query',
        ...(planned ? [] : [isShort ? 'here' : 'measured here']),
        'at production',
        'target',
        'by',
      ],
      queries.map(query => [
        queryName(query, queries),
        cut(query.title.replace(` · ${query.values?.label}`, ''), titles),
        ...(planned ? [] : [hereText(query, isShort)]),
        productionText(query),
        `${round(formatMs(query.targetMs))}: ${targetText(query, planned)}`,
        cut(query.by.join(', '), names),
      ]),
      new Set(),
    );
  const widthOf = (text: string) => Math.max(...text.split('\n').map(line => stringWidth(line)));
  for (const [titles, isShort] of [
    [Number.POSITIVE_INFINITY, false],
    [26, false],
    [26, true],
    [16, true],
  ] as const) {
    const left = width - widthOf(table(2, titles, isShort)) + 2;
    if (left >= LEAST_NAME) return [table(left, titles, isShort)];
  }
  return [table(LEAST_NAME, 10, true)];
}

/** Minimum columns for names of proposals. */
const LEAST_NAME = 12;

function measuredText(verdict: SuggestionDocument['queries'][number]['verdict']): string {
  const [before, after] = [verdict.beforeMs, verdict.afterMs];
  if (before === null || after === null) return verdictText(verdict);
  return `${formatMs(before)} → ${formatMs(after)}, ${verdictText(verdict)}`;
}

function created(document: SuggestionDocument, width: number): string[] {
  return document.suggestions
    .filter(one => isRecommended(document, one))
    .map(one => [sqlOf(one), wrap(sanitize(`-- ${factsOf(one).join('; ')}`), width, '-- ')].join('\n'));
}

function recommended(document: SuggestionDocument, width: number): string[] {
  const lines = document.suggestions
    .filter(one => isRecommended(document, one))
    .map(one => wrap(sanitize(`  ${one.id}: ${one.title}; ${factsOf(one).join('; ')}`), width, '    '));
  return lines.length === 0 ? [] : [['Proposals:', ...lines].join('\n')];
}

const sqlOf = ({ statements }: Suggestion): string =>
  statements.map(sql => `${sanitize(sql, 'newlines')};`).join('\n');

function factsOf({
  bytes,
  productionBytes,
  refreshMs,
  productionRefreshMs,
  concurrently,
  dated,
  foreignKeys,
  tied,
  opened,
  kind,
}: Suggestion): string[] {
  const here = bytes === null ? 'not built here' : `${formatBytes(bytes)} here`;
  if (PROPOSAL_KINDS[kind].onlyInforms)
    return ['no rows of its own; it is empty until the next ANALYZE of its table'];
  if (PROPOSAL_KINDS[kind].standsForExisting)
    return [
      `frees ${bytes === null ? '' : `${formatBytes(bytes)} here, `}${formatBytes(productionBytes)} at production size`,
    ];
  return [
    `${here}, ${formatBytes(productionBytes)} at production size`,
    ...(foreignKeys.length === 0
      ? []
      : [
          `serves the checks of foreign ${foreignKeys.length === 1 ? 'key' : 'keys'} ${foreignKeys.join(', ')}, which no plan shows`,
        ]),
    ...(!PROPOSAL_KINDS[kind].addsViews
      ? []
      : [
          ...(refreshMs === null
            ? []
            : [
                `one REFRESH takes ${formatMs(refreshMs)} here${productionRefreshMs === null ? '' : `, ≈ ${formatMs(productionRefreshMs)} at production size`}`,
              ]),
          concurrently === true
            ? 'REFRESH CONCURRENTLY is possible'
            : 'no unique key: no REFRESH CONCURRENTLY',
          dated === true
            ? 'its query depends on the day or the time, which is that of the last REFRESH: refresh it every day at least'
            : 'its rows are those of the last REFRESH',
          ...(opened.length === 0 ? [] : [`it serves every value of ${opened.join(', ')}`]),
          ...(tied === true ? ['it holds for the constants in its query alone'] : []),
        ]),
  ];
}

/** Proposals that there was no time to run, with the plans of production's planner. */
function untried({ queries }: SuggestionDocument, width: number): string[] {
  const lines = queries.flatMap(query =>
    query.untried === null
      ? []
      : [
          `  query ${queryName(query, queries)}: ≈ ${formatMs(query.production.afterMs)} → ${formatMs(query.untried.afterMs)} by ${query.untried.by.join(', ')}`,
        ],
  );
  return lines.length === 0
    ? []
    : [
        ['Planned only, for lack of time, and so not suggested:', ...lines]
          .map(line => wrap(sanitize(line), width, '    '))
          .join('\n'),
      ];
}

/** Sets with fewer and with more bytes. */
function otherSets(document: SuggestionDocument): string[] {
  const { frontier, queries, productionBytes, productionMs, weighted, recommended: ids } = document;
  if (frontier.length === 0) return [];
  const views = new Set(
    document.suggestions.filter(({ kind }) => PROPOSAL_KINDS[kind].addsViews).map(({ id }) => id),
  );
  const row = (bytes: number, unmet: number, readViews: number, ms: number, what: string) => [
    formatBytes(bytes),
    `${queries.length - unmet} of ${queries.length}`,
    String(readViews),
    `≈ ${formatMs(ms)}`,
    what,
  ];
  const stale = queries.filter(({ by }) => by.some(id => views.has(id))).length;
  const missed = queries.filter(one => !isMet(one)).length;
  const change = (proposals: readonly string[]) => {
    const more = proposals.filter(id => !ids.includes(id)).length;
    const less = ids.filter(id => !proposals.includes(id)).length;
    return [more > 0 ? `+${more}` : '', less > 0 ? `−${less}` : ''].filter(text => text !== '').join(' ');
  };
  const rows = [
    ...frontier.map(({ bytes, unmet, readViews, ms, proposals }) => ({
      bytes,
      cells: row(bytes, unmet.length, readViews, ms, change(proposals)),
    })),
    { bytes: productionBytes, cells: row(productionBytes, missed, stale, productionMs, 'suggested') },
  ].sort((a, b) => a.bytes - b.bytes);
  return [
    [
      'Other sets, at production size, not tried together (--prefer fast uses the limit for speed):',
      columns(
        ['storage', 'meet', 'read views', weighted ? 'time a day' : 'all queries', 'proposals'],
        rows.map(({ cells }) => cells),
        new Set(),
      ),
    ].join('\n'),
  ];
}

const MOST_ALTERNATIVES = 12;

function alternatives(document: SuggestionDocument, width: number): string[] {
  const others = document.suggestions.filter(one => !isRecommended(document, one));
  const isMeasured = (one: Suggestion) => document.planned || one.bytes !== null;
  return [
    ...listed('Considered, and not needed:', others.filter(isMeasured), document, width),
    ...listed(
      'Considered, and not measured:',
      others.filter(one => !isMeasured(one)),
      document,
      width,
    ),
  ];
}

function listed(
  heading: string,
  suggestions: readonly Suggestion[],
  { queries }: SuggestionDocument,
  width: number,
): string[] {
  if (suggestions.length === 0) return [];
  const lines = suggestions
    .slice(0, MOST_ALTERNATIVES)
    .map(({ title, productionBytes, queries: of }) =>
      wrap(
        sanitize(
          `  ${title} (${formatBytes(productionBytes)}; ${of.length === 1 ? 'query' : 'queries'} ${of.map(id => nameOfQuery(id, queries)).join(', ')})`,
        ),
        width,
        '    ',
      ),
    );
  const left = suggestions.length - MOST_ALTERNATIVES;
  return [[heading, ...lines, ...(left > 0 ? [`  and ${left} more: --json`] : [])].join('\n')];
}

function rejected({ rejected: refused }: SuggestionDocument, width: number): string[] {
  if (refused.length === 0) return [];
  const lines = refused.map(({ id, reason }) => wrap(sanitize(`  ${id}: ${reason}`), width, '    '));
  return [['Rejected:', ...lines].join('\n')];
}

function sureness({ effort, planned, queries }: SuggestionDocument, width: number): string[] {
  const { explains, executions, builds } = effort;
  const slower = queries.filter(({ verdict }) => verdict.kind === 'slower');
  const risky = queries.filter(({ production }) => production.risky);
  const unrun = planned
    ? []
    : queries.filter(
        ({ by, verdict, neverRun, failure }) =>
          by.length > 0 && neverRun === null && failure === null && verdict.kind === 'not measured',
      );
  const untaken = unrun.filter(({ writes }) => writes === null);
  const unwritten = unrun.filter(({ writes }) => writes !== null);
  const unasked = queries.filter(({ neverRun }) => neverRun === NOT_ASKED);
  const refused = queries.filter(({ neverRun }) => neverRun !== null && neverRun !== NOT_ASKED);
  const failed = queries.filter(({ failure }) => failure !== null);
  const ran = queries.filter(one => one.writes !== null && one.failure === null && !isUnrun(one));
  const untouched = queries.filter(({ writes, verdict }) => writes !== null && verdict.kind === 'same plan');
  const lines = [
    ...slower.map(one => `Query ${queryName(one, queries)} is slower with it: ${evidenceText(one.verdict)}.`),
    ...(risky.length === 0
      ? []
      : [
          `${numbered(risky, queries)} may be no faster in production: ${risky.length === 1 ? 'its new plan saves' : 'their new plans save'} less than the error of times projected from one size.`,
        ]),
    ...(untaken.length === 0
      ? []
      : [
          `${numbered(untaken, queries)}: run with ${untaken.length === 1 ? 'its' : 'their'} own proposals, not with all of them; there was no time.`,
        ]),
    ...(unasked.length === 0
      ? []
      : [
          `${numbered(unasked, queries)} ${unasked.length === 1 ? 'writes' : 'write'}: planned with the foreign-key checks of each row, never run. --write-cost runs and rolls back.`,
        ]),
    ...refused.map(one => `Query ${queryName(one, queries)} writes and is never run: ${one.neverRun}.`),
    ...(unwritten.length === 0
      ? []
      : [`${numbered(unwritten, queries)}: planned, not run; there was no time.`]),
    ...failed.map(
      one => `Query ${queryName(one, queries)} could not be run here: ${one.failure?.replace(/\.$/, '')}.`,
    ),
    ...(ran.length === 0
      ? []
      : [
          `${numbered(ran, queries)} ${ran.length === 1 ? 'writes' : 'write'}: each run was rolled back. Dead rows stay until VACUUM, and make later figures wrong.`,
        ]),
    ...(untouched.length === 0
      ? []
      : [
          `${numbered(untouched, queries)} ${untouched.length === 1 ? 'writes and was' : 'write and were'} not run: nothing suggested touches ${untouched.length === 1 ? 'it' : 'them'}.`,
        ]),
    planned
      ? 'Planned only: estimates alone also choose indexes that make a query slower. Measure before you ship: pgopt-explore advise on a copy with rows.'
      : 'At production size: planned by PostgreSQL in a lens; times are runs here, grown with the planner’s costs. They are no measurement.',
    `${explains} EXPLAINs, ${plural(executions, 'run')}, ${plural(builds, 'build')}.`,
  ];
  return [lines.map(line => wrap(sanitize(line), width)).join('\n')];
}
