/** The first paragraph, and the table of configurations: baseline, kept set, all proposals. */
import { type Mask, positions } from '../../advisor/masks.ts';
import { savedOf } from '../../advisor/saved.ts';
import {
  allProposals,
  BASELINE,
  type Costs,
  costsOf,
  planUnder,
  type Survey,
  timeOf,
} from '../../advisor/survey.ts';
import { formatBytes, formatMs, percent } from '../../base/format.ts';
import { code, table, text } from '../markdown.ts';
import type { Evidence } from './effects.ts';
import { effectsOf, numberOf } from './effects.ts';

export function summarySection({
  survey,
  kept,
  title,
  at,
  program,
  deployed,
  worthless = [],
}: Evidence): string {
  const after = costsOf(survey, kept);
  const { proposals, leftOut } = survey;
  const count = positions(kept).length;
  const lines = [
    `# ${text(title)}: ${count} of ${proposals.length + leftOut.length} proposals kept`,
    `${savedText(survey, kept)} They need ${formatBytes(after.bytes)} here${
      after.freedBytes === 0 ? '' : ` and free ${formatBytes(after.freedBytes)}`
    }. ${met(survey, BASELINE)} met their target before, ${met(survey, kept)} after. In the queries: ${effectsOf(survey, BASELINE, kept)}.`,
    `Made ${text(at)} by ${text(program)}. [migration.sql](migration.sql) applies the change, [rollback.sql](rollback.sql) reverts it. Nothing was committed.`,
    ...(survey.complete
      ? []
      : ['**The survey was stopped before it was complete**: figures that were not measured say so.']),
  ];
  if (deployed.length > 0)
    lines.push(
      `Deploy these texts in place of their queries, because PostgreSQL never reads a view on its own: ${deployed
        .map(({ path, queryIds }) => `${code(path)} (${queryIds.map(code).join(', ')})`)
        .join(', ')}.`,
    );
  if (worthless.length > 0)
    lines.push(
      `The rewrite of ${worthless.map(code).join(', ')} saves nothing clear and is not worth a change of the application: keep its query. The figures here are for the rewrite.`,
    );
  return lines.join('\n\n');
}

/** The savings, a bound, or why they are unknown. */
function savedText(survey: Survey, kept: Mask): string {
  const [before, after] = [costsOf(survey, BASELINE), costsOf(survey, kept)];
  const day = dayOf(survey);
  if (before.totalMs === undefined || after.totalMs === undefined)
    return 'Not every query was measured, so there is no total.';
  const total = `With them all queries together take ${bound(after)}${day} in place of ${bound(before)}`;
  const { savedMs, atLeast, stopped, queries } = savedOf(survey, kept);
  const named = (ids: readonly string[]) =>
    survey.queries
      .filter(({ id }) => ids.includes(id))
      .map(query => numberOf(survey, query))
      .join(', ');
  // Stopped only after the change, so it may take any time.
  const open = queries.filter(one => one.savedMs === undefined && !one.stopped).map(({ query }) => query);
  if (open.length > 0)
    return `${total}. Their savings are unknown: ${named(open)} finished before, and was stopped with them.`;
  if (savedMs === undefined)
    return `${total}. Their savings are unknown: every query was stopped, before and after.`;
  const most = atLeast ? 'at least ' : '';
  // A total with a stopped run has no meaningful share.
  const share = after.atLeast ? '' : ` (${percent(savedMs / Math.max(before.totalMs, Number.EPSILON))})`;
  const apart = stopped.length === 0 ? '' : `, without ${named(stopped)}, stopped before and after`;
  return savedMs >= 0
    ? `${total}: **${most}${formatMs(savedMs)}${day} saved**${share}${apart}.`
    : `${total}: **${atLeast ? 'at most ' : ''}${formatMs(-savedMs)}${day} MORE**${apart}.`;
}

const bound = ({ totalMs, atLeast }: Costs): string =>
  totalMs === undefined ? 'not all measured' : `${atLeast ? '> ' : ''}${formatMs(totalMs)}`;

/** `4 of 6 queries`; a stopped run does not meet a target above its limit. */
function met(survey: Survey, configuration: Mask): string {
  const fine = survey.queries.filter(query => {
    const plan = planUnder(survey, query, configuration);
    const time = plan === undefined ? undefined : timeOf(plan);
    return time !== undefined && !time.atLeast && time.ms < query.targetMs;
  });
  return `${fine.length} of ${survey.queries.length} queries`;
}

/** Shows all proposals beside the kept set. */
export function configurationsSection({ survey, kept }: Evidence): string {
  const all = allProposals(survey);
  const rows = [
    { name: 'as it is', mask: BASELINE },
    { name: '**kept**', mask: kept },
    ...(all === kept ? [] : [{ name: 'all proposals', mask: all }]),
  ].map(({ name, mask }) => {
    const costs = costsOf(survey, mask);
    return [
      name,
      bound(costs),
      formatBytes(costs.bytes),
      costs.freedBytes === 0 ? '' : formatBytes(costs.freedBytes),
      costs.writeMs === undefined ? 'not measured' : formatMs(costs.writeMs),
      costs.refreshMs === 0 ? '' : formatMs(costs.refreshMs),
      met(survey, mask),
    ];
  });
  const heading = [
    '',
    `run time${survey.weighted ? ' a day' : ''}`,
    'adds',
    'frees',
    'to write a row',
    'one refresh',
    'within target',
  ];
  const said =
    all === kept
      ? 'All proposals are kept.'
      : `From what is kept to all proposals, in the queries: ${effectsOf(survey, kept, all)}.`;
  return `## What is kept, and what all of it would give\n\n${table(heading, rows, new Set([1, 2, 3, 4, 5]))}\n\n${said}`;
}

const dayOf = ({ weighted }: Survey): string => (weighted ? ' a day' : ' in one call of each query');
