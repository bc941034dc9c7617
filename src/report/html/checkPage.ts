/** A check → a page for the reviewers of a change. */

import { roleNotes } from '../../advisor/roleNotes.ts';
import { formatBytes, formatMs, formatThousands, percent, plural, round } from '../../base/format.ts';
import type { Plan } from '../../plan/plan.ts';
import { rewriteOf } from '../../session/plannedText.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';
import type { Workload } from '../../workload/workload.ts';
import { NOT_ASKED } from '../../workload/workload.ts';
import type { Comparison } from '../baseline/compare.ts';
import { comparisonText } from '../baseline/text.ts';
import type { CheckDocument, CheckProposal, CheckQuery, CheckSide } from '../document.ts';
import { productionSections } from '../production.ts';
import { nameOfQuery } from '../reportNames.ts';
import { checkTexts, unusedSections } from '../table.ts';
import { writeCostSections } from '../writeCost.ts';
import { type Html, html } from './html.ts';
import { type Cell, colored, fold, list, meaningOf, pageText, preformatted, section, table } from './page.ts';
import { type PageQuery, type PageSide, queriesSection } from './queries.ts';

interface CheckPage {
  readonly document: CheckDocument;
  readonly workload: Workload;
  /** With the time of each node if the plan ran. */
  readonly planOf: (queryId: string, side: 'before' | 'after') => Plan | undefined;
  readonly comparison: Comparison | undefined;
  /** Why the check itself fails. */
  readonly failures: readonly string[];
}

export function checkPage({ document, workload, planOf, comparison, failures }: CheckPage): string {
  const { target, production } = document;
  return pageText({
    title: document.workload.title,
    answer: answerOf(document),
    alarms: [
      ...failures,
      ...(comparison?.worse === true ? ['A plan got worse than in the baseline.'] : []),
      ...document.workload.problems,
      ...roleNotes(target, target.user),
    ],
    figures: figuresOf(document, failures.length > 0 || comparison?.worse === true),
    sections: [
      section(
        'Compared with the baseline',
        ...(comparison ? [preformatted(comparisonText(comparison, []))] : []),
      ),
      section('Proposals', proposals(document), sizes(document.storage)),
      queriesSection(document.queries.map((query, at) => pageQuery(query, at, workload, planOf))),
      section('Indexes that are not used, and why', ...texts(unusedSections(document))),
      section('What writers pay', ...texts(writeCostSections(document))),
      section('Requirements', requirements(document)),
      section('At production size', ...texts(productionSections(production))),
      section(
        'Existing indexes that you might drop',
        list(
          document.indexNotes.map(
            ({ name, table: on, bytes, text }) => `${name} on ${on}, ${formatBytes(bytes)}: ${text}`,
          ),
        ),
      ),
      section('Method and environment', method(document), environment(document)),
    ],
    program: `pgopt-explore ${document.program}`,
    at: document.at,
  });
}

const texts = (sections: readonly string[]): readonly Html[] => sections.map(preformatted);

/** Sums of the times that were measured on both sides; a stopped run counts with its limit. */
function totals(queries: readonly CheckQuery[]) {
  const ms = ({ medianMs, timedOutAfterMs }: CheckSide) => medianMs ?? timedOutAfterMs;
  const known = queries.flatMap(({ before, after }) => {
    const [from, to] = [ms(before), ms(after)];
    return from === null || to === null ? [] : [{ before, after, from, to }];
  });
  const bound = (side: 'before' | 'after') =>
    known.some(one => one[side].timedOutAfterMs !== null) ? '> ' : '';
  const sum = (side: 'from' | 'to') => known.reduce((total, one) => total + one[side], 0);
  return known.length === 0
    ? undefined
    : {
        text: `${bound('before')}${formatMs(sum('from'))} → ${bound('after')}${formatMs(sum('to'))}`,
        count: known.length,
      };
}

function answerOf({ queries, proposals: all, storage, target }: CheckDocument): string {
  const on = all.filter(one => (PROPOSAL_KINDS[one.kind].standsForExisting ? !one.on : one.on)).length;
  const faster = queries.filter(({ change }) => change === 'faster').length;
  const slower = queries.filter(({ change }) => change === 'slower').length;
  const what = `With ${on === all.length && on > 1 ? `all ${on} proposals` : `${on} of ${plural(all.length, 'proposal')}`}`;
  if (target.lens !== null) return `${what}, planned in a lens: no query ran.`;
  const total = totals(queries);
  const figures =
    total === undefined
      ? ''
      : `: ${total.text} for one call of ${total.count === queries.length ? 'each' : `the ${plural(total.count, 'query', 'queries')} measured`}`;
  const are = faster === 1 ? 'is' : 'are';
  const price = `${formatBytes(storage.bytes)} more${storage.freedBytes > 0 ? `, ${formatBytes(storage.freedBytes)} freed` : ''}`;
  return `${what}, ${faster} of ${plural(queries.length, 'query', 'queries')} ${are} faster and ${slower === 0 ? 'none is' : slower === 1 ? '1 is' : `${slower} are`} slower${figures}; ${price}.`;
}

function figuresOf({ queries, storage, requirements: all, target }: CheckDocument, failed: boolean) {
  const judged = all.filter(({ after }) => after.state !== 'not applicable');
  const total = totals(queries);
  return [
    { name: 'check', value: failed ? 'fails' : 'passes' },
    ...(total === undefined ? [] : [{ name: 'all queries, one call each', value: total.text }]),
    { name: 'size of the proposals', value: `${storage.complete ? '' : '≥ '}${formatBytes(storage.bytes)}` },
    {
      name: 'requirements met',
      value: `${judged.filter(({ after }) => after.state === 'pass').length} of ${judged.length}`,
    },
    { name: 'database', value: target.label },
  ];
}

function proposals({ proposals: all, queries }: CheckDocument): Html {
  return table(
    [
      { title: 'proposal', kind: 'wide' },
      { title: 'state' },
      { title: 'size', kind: 'number' },
      { title: 'at production size', kind: 'number' },
      { title: 'built in', kind: 'number' },
      { title: 'used by' },
    ],
    all.map(one => [
      html`<code>${one.id}</code>`,
      stateOf(one),
      one.bytes === null ? '' : formatBytes(one.bytes),
      one.projectedBytes === null ? '' : `≈ ${formatBytes(one.projectedBytes)}`,
      one.buildMs === null ? '' : formatMs(one.buildMs),
      usedBy(one, queries),
    ]),
  );
}

function stateOf({ state, on, kind, reason, inPlace, unusable, notes }: CheckProposal): string {
  if (inPlace !== null) return `in place: ${inPlace}`;
  const word = PROPOSAL_KINDS[kind].standsForExisting
    ? on
      ? 'exists'
      : 'exists, switched off'
    : on
      ? state
      : `off, ${state}`;
  return [
    word,
    ...(reason === null ? [] : [reason]),
    ...(unusable === null ? [] : [`unknown effect: ${unusable}`]),
    ...notes,
  ].join('; ');
}

function usedBy({ on, kind, unusable, usedBy: ids }: CheckProposal, queries: readonly CheckQuery[]): Cell {
  if (unusable !== null) return 'unknown';
  if (!on && !PROPOSAL_KINDS[kind].standsForExisting) return '';
  if (ids.length === 0) return colored('no query', 'warn');
  const links = ids.map(id => ({ id, at: queries.findIndex(query => query.id === id) }));
  return html`${links.map(
    ({ id, at }, index) =>
      html`${index === 0 ? '' : ', '}<a href="#query-${at}">${nameOfQuery(id, queries)}</a>`,
  )}`;
}

function sizes({
  bytes,
  budgetBytes,
  projectedBytes,
  projectedAssumption,
  complete,
}: CheckDocument['storage']) {
  const bound = complete ? '' : 'at least ';
  return list([
    `Budget: ${bound}${formatBytes(bytes)} of ${round(formatBytes(budgetBytes))} here.`,
    ...(projectedBytes === null
      ? []
      : [
          `At production size: ${bound}${formatBytes(projectedBytes)} projected; ${projectedAssumption ?? ''}.`,
        ]),
  ]);
}

function pageQuery(
  query: CheckQuery,
  position: number,
  workload: Workload,
  planOf: CheckPage['planOf'],
): PageQuery {
  const { before, after, id, hiddenPlans, answers } = query;
  const source = workload.queries.find(one => one.id === id);
  const rewrite = rewriteOf(source, after.rewrite);
  return {
    position,
    number: query.number,
    title: query.title,
    before: pageSide(before, planOf(id, 'before')),
    after: pageSide(after, planOf(id, 'after')),
    samePlan: query.samePlan,
    change: checkTexts.changeOf(query),
    kind: query.change,
    evidence: evidenceOf(query),
    targetMs: query.targetMs,
    meetsTarget: after.meetsTarget ?? undefined,
    notes: [
      ...new Set([before, after].flatMap(side => [side.failure ?? [], side.unknown ?? []].flat())),
      ...(after.rewrite === null ? [] : [`After reads the rewrite @${after.rewrite}.`]),
      ...answers.map(
        ({ rewrite: key, verdict, explanation }) => `Rewrite @${key}: ${verdict}: ${explanation}.`,
      ),
      ...(hiddenPlans.length === 0
        ? []
        : [
            `Calls ${hiddenPlans.map(name => `${name}()`).join(', ')}, whose own plans EXPLAIN does not show.`,
          ]),
      ...(query.neverRun === null || query.neverRun === NOT_ASKED ? [] : [`Never run: ${query.neverRun}.`]),
      ...(query.rolledBack ? ['Each run was rolled back.'] : []),
      ...checkTexts.triggerTexts(query).map(text => `${text}.`),
      ...findings(after, before),
    ],
    texts: [
      ...(source === undefined ? [] : [{ name: 'SQL', sql: source.sql }]),
      ...(rewrite === undefined ? [] : [{ name: `SQL of the rewrite @${rewrite.id}`, sql: rewrite.sql }]),
    ],
  };
}

/** Findings of the plan after, without notices. */
const findings = (after: CheckSide, before: CheckSide): readonly string[] =>
  after.findings
    .filter(({ severity }) => severity !== 'notice')
    .map(({ label, text, next }) => {
      const isOld = before.findings.some(old => old.text === text);
      return `${label === null ? '' : `${label}: `}${text}${isOld ? ', as before' : ''}. Try: ${next}.`;
    });

const pageSide = (side: CheckSide, plan: Plan | undefined): PageSide => ({
  time: checkTexts.timeOf(side),
  detail: [
    ...(side.how === 'reused' ? ['reused'] : []),
    ...(side.runsMs.length === 0
      ? side.estimatedCost === null || side.medianMs !== null
        ? []
        : [`cost ${formatThousands(Math.round(side.estimatedCost))}`]
      : [
          `${plural(side.runsMs.length, 'run')}${
            side.runsMs.length === 1 ? '' : `, ${formatMs(side.minMs ?? 0)}–${formatMs(side.maxMs ?? 0)}`
          }`,
        ]),
  ].join(', '),
  plan,
});

function evidenceOf({ p, interval, samePlan, change }: CheckQuery): string {
  if (samePlan) return 'The same plan before and after.';
  const [low = null, high = null] = interval ?? [];
  const range =
    low === null || high === null
      ? ''
      : `; before ÷ after lies between ${low.toFixed(2)} and ${high.toFixed(2)}`;
  return p === null || change === 'unknown'
    ? ''
    : `p ${p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`}${range}.`;
}

type Judged = CheckDocument['invariants'][number]['verdict'];

function requirements({ requirements: all, invariants }: CheckDocument): Html {
  const projected = all.some(({ atProductionSize }) => atProductionSize !== null);
  const cell = (verdict: Judged | null): Cell =>
    verdict === null
      ? ''
      : colored(
          `${verdict.state}${verdict.figure === '' ? '' : ` ${verdict.figure}`}`,
          meaningOf(verdict.state),
        );
  const why = ({ state, text, evidence }: Judged): Html =>
    state === 'pass' ? html`` : html`${text}${fold('Evidence', list(evidence.map(line => line.text)))}`;
  return html`${table(
    [
      { title: '', kind: 'word' },
      { title: 'requirement', kind: 'wide' },
      { title: 'before' },
      { title: 'after' },
      ...(projected ? [{ title: 'at production size' }] : []),
      { title: 'why', kind: 'wide' },
    ],
    all.map(({ id, title, before, after, atProductionSize }) => [
      id.startsWith('REQ-') ? id : '',
      title,
      cell(before),
      cell(after),
      ...(projected ? [cell(atProductionSize)] : []),
      why(after),
    ]),
  )}${table(
    [{ title: 'invariant', kind: 'wide' }, { title: '' }, { title: 'why', kind: 'wide' }],
    invariants.map(({ title, verdict }) => [
      title,
      colored(verdict.state, meaningOf(verdict.state)),
      verdict.text,
    ]),
  )}`;
}

function method({ target }: CheckDocument): Html {
  return list(
    target.lens !== null
      ? ['Planned in a lens, a statistics-only clone: no query ran, and there are no times.']
      : [
          'The proposals were built for real in one transaction, the queries ran with them and without them, and everything was rolled back.',
          'Run times are medians; runs of compared plans are interleaved, with warm caches. The first run is not counted.',
          `A query counts as faster or slower if the exact permutation test on ranks is clear at ${percent(0.05)} and the times differ by at least 5 %.`,
          'The figures hold for this database and machine, not for production.',
        ],
  );
}

function environment({ target, settings, at, program }: CheckDocument): Html {
  const { label, serverVersion, database, user, role, lens } = target;
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    ['database', lens === null ? label : `lens of ${lens.of}`],
    ['server', serverVersion === null ? null : `PostgreSQL ${serverVersion}`],
    ['name', database],
    ['user', user],
    ['queries run as', role?.name],
    [
      'settings',
      settings.map(({ name, value, source }) => `${name} = ${value} (${source})`).join(', ') || null,
    ],
    ['program', `pgopt-explore ${program}`],
    ['date', at],
  ];
  return table(
    [{ title: '', kind: 'word' }, { title: '' }],
    rows.flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}
