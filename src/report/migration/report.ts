/** The evidence for a migration → report.md, for the person who approves it. */
import { positions } from '../../advisor/masks.ts';
import {
  BASELINE,
  compareConfigurations,
  planUnder,
  runsOf,
  type SurveyedPlan,
  timeOf,
} from '../../advisor/survey.ts';
import { ALPHA, LEAST_FACTOR, LEAST_MS, LOOKS, type Verdict } from '../../advisor/verdict.ts';
import { formatFactor, formatMs, formatThousands, percent, plural, round } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { code, details, fence, table, text } from '../markdown.ts';
import { planLines } from '../planText.ts';
import { productionSection } from './atProduction.ts';
import { type Evidence, numberOf, TRIED } from './effects.ts';
import { keptSection, notKeptSection } from './proposals.ts';
import { configurationsSection, summarySection } from './summary.ts';

/** Longer plans are folded. */
const SHOWN_LINES = 24;

function plansSection({ survey, kept }: Evidence): string {
  const sections = survey.queries.map(query => {
    const heading = `### ${numberOf(survey, query)} ${text(query.title)}`;
    const [before, after] = [planUnder(survey, query, BASELINE), planUnder(survey, query, kept)];
    if (before === undefined || after === undefined)
      return `${heading}\n\n${query.failure === undefined ? 'Not planned.' : `Refused: ${text(query.failure)}`}`;
    if (before === after)
      return `${heading}\n\nThe same plan before and after.\n\n${planOf('The plan', before)}`;
    return [heading, planOf('Before', before), planOf('After', after)].join('\n\n');
  });
  return ['## Plans', ...sections].join('\n\n');
}

function planOf(name: string, { tree, estimate, rewrite }: SurveyedPlan): string {
  const how =
    tree === undefined
      ? 'estimates: it did not run to its end'
      : tree.timed
        ? 'measured'
        : 'run without the time of each node';
  const lines = planLines(tree ?? estimate);
  const block = fence('text', lines);
  const heading = `**${name}** (${how})${rewrite === undefined ? '' : `, the rewrite ${code(`@${rewrite}`)}`}:`;
  return `${heading}\n\n${lines.length > SHOWN_LINES ? details(`${lines.length} lines`, block) : block}`;
}

/** Rows of name and value. */
export function environmentRows({
  server,
  database,
  program,
  at,
  surroundings,
  survey: { effort },
}: Pick<Evidence, 'server' | 'database' | 'program' | 'at' | 'surroundings' | 'survey'>) {
  return [
    ['server', server],
    ['database', database],
    ['program', program],
    ['date', at],
    ...surroundings,
    [
      'effort',
      `${formatThousands(effort.builds)} builds, ${formatThousands(effort.explains)} EXPLAINs, ${formatThousands(effort.executions)} executions in ${formatMs(effort.elapsedMs)}`,
    ],
  ] satisfies readonly (readonly [string, string])[];
}

function environmentSection(evidence: Evidence): string {
  return [
    '## Environment, and how to repeat it',
    table(
      ['', ''],
      environmentRows(evidence).map(([name = '', value = '']) => [text(name), text(value)]),
    ),
    fence('sh', [evidence.repeat]),
    'It contains no password: pass it as before (PGPASSWORD, ~/.pgpass, --password).',
  ].join('\n\n');
}

/**
 * Sentences on the method and its limits.
 * @param name Formats a name.
 */
export function methodLines(
  { survey, kept }: Pick<Evidence, 'survey' | 'kept'>,
  name: (text: string) => string,
): { readonly method: readonly string[]; readonly limits: readonly string[] } {
  const { effort, exact } = survey;
  const chosen = positions(kept).flatMap(position => survey.proposals[position] ?? []);
  const areWritesKnown = survey.proposals.some(({ writeMs }) => writeMs !== undefined);
  const unmeasured = chosen.filter(
    one =>
      one.writeMs === undefined &&
      (areWritesKnown ? !factsOf(one).standsForExisting : factsOf(one).addsIndexes),
  );
  const cells = `PostgreSQL planned ${formatThousands(effort.asked)} of ${formatThousands(effort.cells)} pairs of query and configuration; ${formatThousands(effort.inferred)} plans were inferred: a plan that uses only some proposals stays the cheapest without the others`;
  const verified =
    effort.verified === 0
      ? ''
      : `; ${formatThousands(effort.verified)} of the inferred ones were checked, and the planner disagreed in ${formatThousands(effort.disagreed)}`;
  const wasRun = effort.executions > 0;
  const method = [
    wasRun
      ? 'Everything was built for real in one transaction, measured, and rolled back.'
      : 'No query was run: there are plans, costs and sizes, and no times. Everything was rolled back.',
    `${cells}${verified}. ${exact ? 'Every configuration is accounted for.' : 'There are too many configurations to examine all: this is the best one found.'}`,
    ...(wasRun
      ? [
          `Runs of compared plans were interleaved. “Faster” and “slower”: the exact permutation test on ranks at ${percent(ALPHA)}, shared by ${LOOKS.length} looks at the data, and a difference of at least ${percent(LEAST_FACTOR - 1 + 1e-9)} and ${LEAST_MS} ms. p is the chance of a difference like this one where there is none.`,
        ]
      : []),
  ];
  const limits = [
    `${wasRun ? 'Measured' : 'Planned'} on these data, on this machine, by one client at a time: not in production. More rows, other values or other load may lead to other plans.`,
    ...(wasRun ? ['Caches were warm: the first run of each plan is not counted.'] : []),
    'Plans are for the values in the queries; generic plans of prepared statements were not examined.',
    ...(chosen.some(one => factsOf(one).addsViews)
      ? [
          'A view that was just built has no visibility map: its index-only scans visit the heap here. After VACUUM they may be faster.',
          'Between refreshes a view shows old rows, and run times do not include the cost of a refresh.',
        ]
      : []),
    ...(chosen.some(({ objects }) => objects.some(({ usable }) => !usable))
      ? [
          'Indexes marked unusable could not be read in the transaction that built them (HOT chains): their effect is not measured.',
        ]
      : []),
    ...(unmeasured.length === 0
      ? []
      : [
          areWritesKnown
            ? `The write cost of these was not measured, and so neither was that of the whole set: ${unmeasured.map(({ id }) => name(id)).join(', ')}.`
            : 'The write cost of the indexes was not measured.',
        ]),
    ...(chosen.some(one => factsOf(one).drops)
      ? ['Queries outside the workload, and replicas, may use a dropped index: watch idx_scan first.']
      : []),
    'Sizes are those of freshly built objects; indexes grow with updates.',
  ];
  return { method, limits };
}

function methodSection(evidence: Evidence): string {
  const { survey } = evidence;
  const { method, limits } = methodLines(evidence, code);
  const list = (items: readonly string[]) => items.map(item => `- ${item}`).join('\n');
  const brackets = 'In brackets: factors that the test does not rule out.';
  return `## Method\n\n${list(survey.effort.executions > 0 ? [...method, brackets] : method)}\n\n## What these figures do not say\n\n${list(limits)}`;
}

/** `5.0 ms (4.8 ms–5.3 ms, 8 runs)` */
function timeCell(plan: SurveyedPlan | undefined): string {
  if (plan === undefined) return 'not planned';
  if (plan.failure !== undefined) return `not run: ${text(plan.failure)}`;
  const time = timeOf(plan);
  if (time === undefined) return 'not measured';
  if (time.atLeast) {
    const why = {
      timeout: 'stopped at the timeout',
      'cannot matter': 'stopped: it could not matter',
      budget: 'stopped: the time for measuring ran out',
    }[plan.stopped?.because ?? 'timeout'];
    return `> ${formatMs(time.ms)} (${why})`;
  }
  const { runsMs } = runsOf(plan);
  if (runsMs.length === 1) return `${formatMs(time.ms)} (1 run)`;
  return `${formatMs(time.ms)} (${formatMs(Math.min(...runsMs))}–${formatMs(Math.max(...runsMs))}, ${plural(runsMs.length, 'run')})`;
}

function verdictCell(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'same plan':
      return 'the same plan';
    case 'not measured':
      return verdict.tooFew === true ? 'too few runs' : 'not measured';
    case 'no clear difference':
      return verdict.settled ? 'no difference of 5 %' : 'no clear difference';
    default: {
      const factor = formatFactor(verdict.factor).text;
      const bound = verdict.atLeast ? 'at least ' : '';
      const word = verdict.kind === 'slower' ? '**SLOWER**' : verdict.kind;
      return `${bound}${factor} ${word}${intervalOf(verdict)}`;
    }
  }
}

/** The interval of the factor, in the direction of the verdict. */
function intervalOf({ factor, interval }: Extract<Verdict, { factor: number }>): string {
  if (interval === undefined) return '';
  const [low, high] = factor >= 1 ? interval : [1 / interval[1], 1 / interval[0]];
  if (!Number.isFinite(high) || low <= 0) return '';
  const shown = (ratio: number) => `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;
  return ` (${shown(low)}–${shown(high)})`;
}

function pCell(verdict: Verdict): string {
  if (!('p' in verdict) || verdict.p === undefined) return '';
  return verdict.p < 0.0001
    ? '< 0.0001'
    : verdict.p
        .toPrecision(2)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
}

function queriesSection({ survey, kept }: Evidence): string {
  const rows = survey.queries.map(query => {
    const [before, after] = [planUnder(survey, query, BASELINE), planUnder(survey, query, kept)];
    const verdict = compareConfigurations(survey, query, BASELINE, kept);
    const time = after === undefined ? undefined : timeOf(after);
    const target = round(formatMs(query.targetMs));
    const missed = time !== undefined && time.ms > query.targetMs;
    return [
      numberOf(survey, query),
      text(query.title),
      query.failure === undefined ? timeCell(before) : `refused: ${text(query.failure)}`,
      query.failure === undefined ? timeCell(after) : '',
      verdictCell(verdict),
      pCell(verdict),
      time === undefined || (time.atLeast && !missed)
        ? `${target}: not measured`
        : `${target}: ${missed ? '**MISSED**' : 'met'}`,
      after?.rewrite === undefined ? '' : code(`@${after.rewrite}`),
    ];
  });
  const heading = ['#', 'query', 'before', 'after', 'verdict', 'p', 'target', 'reads'];
  return [
    '## Queries, before and after',
    table(heading, rows),
    'Times are planning and execution together: the median of the runs, the fastest and the slowest. How verdicts are reached: see [Method](#method).',
  ].join('\n\n');
}

function answersSection({ survey }: Evidence): string {
  if (survey.answers.size === 0) return '';
  const rows = [...survey.answers].map(([key, answer]) => [
    code(key),
    answer.verdict === 'different' ? '**DIFFERENT**' : answer.verdict,
    answer.rows === undefined
      ? ''
      : `${formatThousands(answer.rows.original)} / ${formatThousands(answer.rows.rewrite)}`,
    [answer.explanation, answer.how]
      .filter(part => part !== '')
      .map(text)
      .join('; '),
  ]);
  return `## Do rewrites return the same?\n\n${table(['rewrite', 'answer', 'rows of query / rewrite', 'why'], rows)}`;
}

export function changeReport(evidence: Evidence): string {
  const sections = [
    summarySection(evidence),
    queriesSection(evidence),
    keptSection(evidence),
    configurationsSection(evidence),
    requirementsSection(evidence),
    productionSection(evidence),
    answersSection(evidence),
    notKeptSection(evidence),
    plansSection(evidence),
    triedSection(evidence),
    environmentSection(evidence),
    methodSection(evidence),
  ];
  return `${sections.filter(section => section !== '').join('\n\n')}\n`;
}

function triedSection({ tried = [] }: Evidence): string {
  if (tried.length === 0) return '';
  const rows = tried.map(({ words, total, measured, at }) => [text(words), total, measured, text(at)]);
  return `## ${TRIED.title}\n\n${table([...TRIED.columns], rows)}`;
}

function requirementsSection({ requirements }: Evidence): string {
  if (requirements.length === 0) return '';
  const state = (value: string) => (value === 'fail' ? '**FAIL**' : value);
  const rows = requirements.map(line => [
    text(line.id),
    text(line.text),
    state(line.before),
    state(line.after),
    text(line.evidence),
  ]);
  return `## Requirements\n\n${table(['', 'requirement', 'before', 'after', 'evidence'], rows)}`;
}
