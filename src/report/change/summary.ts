/** The first paragraph, and the table of the configurations: as it is, what is kept, all of it. Pure. */
import { type Mask, positions } from '../../advisor/masks.ts';
import {
  BASELINE,
  type Costs,
  costsOf,
  everything,
  planUnder,
  type Survey,
  timeOf,
} from '../../advisor/survey.ts';
import { formatBytes, formatMs, percent } from '../../format/index.ts';
import { code, table, text } from '../markdown.ts';
import { effectsOf } from './effects.ts';
import type { Evidence } from './types.ts';

export function summarySection({ survey, kept, title, at, program, deployed }: Evidence): string {
  const [before, after] = [costsOf(survey, BASELINE), costsOf(survey, kept)];
  const { proposals, leftOut } = survey;
  const count = positions(kept).length;
  const lines = [
    `# ${text(title)}: ${count} of ${proposals.length + leftOut.length} proposals kept`,
    `${savedOf(before, after, dayOf(survey))} They need ${formatBytes(after.bytes)} here${
      after.freedBytes === 0 ? '' : ` and free ${formatBytes(after.freedBytes)}`
    }. ${met(survey, BASELINE)} met their target before, ${met(survey, kept)} after. In the queries: ${effectsOf(survey, BASELINE, kept)}.`,
    `Made ${text(at)} by ${text(program)}. [migration.sql](migration.sql) brings it about, [rollback.sql](rollback.sql) takes it back. Nothing of it has been committed.`,
    ...(survey.complete
      ? []
      : ['**The survey was stopped before it was complete**: what is not measured here says so.']),
  ];
  if (deployed.length > 0)
    lines.push(
      `Texts to deploy in place of their queries, because PostgreSQL reads no view unasked: ${deployed
        .map(({ path, queryIds }) => `${code(path)} (${queryIds.map(code).join(', ')})`)
        .join(', ')}.`,
    );
  return lines.join('\n\n');
}

/** @param day `a day`, or what stands for it where the workload knows no calls a day. */
function savedOf({ totalMs: before, atLeast }: Costs, after: Costs, day: string): string {
  if (before === undefined || after.totalMs === undefined)
    return 'Not every query was measured, so there is no total.';
  const saved = before - after.totalMs;
  const total = `all queries together take ${bound(after)}${day} in place of ${atLeast ? '> ' : ''}${formatMs(before)}`;
  // Two lower bounds bound no difference.
  if (after.atLeast) return `With them ${total}.`;
  const most = atLeast ? 'at least ' : '';
  return saved >= 0
    ? `With them ${total}: **${most}${formatMs(saved)}${day} saved** (${percent(saved / Math.max(before, Number.EPSILON))}).`
    : `With them ${total}: **${formatMs(-saved)}${day} MORE**.`;
}

const bound = ({ totalMs, atLeast }: Costs): string =>
  totalMs === undefined ? 'not all measured' : `${atLeast ? '> ' : ''}${formatMs(totalMs)}`;

/** `4 of 6 queries`: a time that is only known to be longer than its limit meets no target above it. */
function met(survey: Survey, configuration: Mask): string {
  const fine = survey.queries.filter(query => {
    const plan = planUnder(survey, query, configuration);
    const time = plan === undefined ? undefined : timeOf(plan);
    return time !== undefined && !time.atLeast && time.ms < query.targetMs;
  });
  return `${fine.length} of ${survey.queries.length} queries`;
}

/** What the full set would give is told beside what is kept. */
export function configurationsSection({ survey, kept }: Evidence): string {
  const all = everything(survey);
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
