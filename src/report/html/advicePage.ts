/** The advice → a page for the person who approves it. */

import type { Advice } from '../../advisor/advice/advice.ts';
import type { ChoiceModel, CostsModel } from '../../advisor/advice/models.ts';
import { samePlansText } from '../../advisor/advice/plannedWords.ts';
import {
  bytesText,
  evidenceText,
  letterOf,
  nothingBeats,
  signedMs,
  timeText,
  verdictText,
} from '../../advisor/advice/words.ts';
import { bit, contains, type Mask } from '../../advisor/masks.ts';
import { BASELINE, planUnder, runsOf, type SurveyedPlan } from '../../advisor/survey.ts';
import { formatBytes, formatMs, formatThousands, plural } from '../../base/format.ts';
import { rewriteOf } from '../../session/plannedText.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';
import type { Workload } from '../../workload/workload.ts';
import type { ProductionAdvice } from '../advice/atProduction.ts';
import { productionAdviceText } from '../advice/atProductionText.ts';
import { alarmsOf, answerText, consequencesOf, decisionsOf, uncertaintiesOf } from '../advice/decisions.ts';
import { factorText } from '../advice/matrixText.ts';
import { type Evidence, TRIED } from '../migration/effects.ts';
import { environmentRows, methodLines } from '../migration/report.ts';
import { type ChartPoint, frontierChart } from './chart.ts';
import { type Html, html, NONE } from './html.ts';
import { type Cell, colored, list, meaningOf, pageText, preformatted, section, table } from './page.ts';
import { type PageQuery, type PageSide, queriesSection } from './queries.ts';

export interface AdvicePage extends Omit<Evidence, 'production' | 'deployed' | 'worthless'> {
  readonly workload: Workload;
  readonly advice: Advice;
  /** The kept configuration with its evidence. */
  readonly choice: ChoiceModel;
  /** The advice recommends it; false: a person chose it. */
  readonly isRecommended: boolean;
  /** Production's part, if requested. */
  readonly atProduction?: ProductionAdvice | undefined;
}

/** Width of preformatted text. */
const COLUMNS = 110;

export function advicePage(page: AdvicePage): string {
  const { advice, choice, atProduction, survey } = page;
  return pageText({
    title: page.title,
    answer: answerOf(page),
    alarms: alarmsOf(advice),
    figures: figuresOf(page),
    sections: [
      section('Proposals', decisions(page), list(consequencesOf(advice, choice))),
      section('Uncertain', list(uncertaintiesOf(advice, choice))),
      queriesSection(survey.queries.map((_, at) => pageQuery(page, at))),
      section('Sizes', sizes(page)),
      section('Requirements', requirements(page)),
      section('What was rejected, and why', rejected(page)),
      section('What each proposal does to each query', matrix(advice)),
      section('Frontier', frontier(page)),
      section(
        'At production size',
        ...(atProduction === undefined
          ? []
          : [
              picture(atProduction, timeOf(page)),
              ...productionAdviceText(atProduction, COLUMNS, false).slice(1).map(preformatted),
            ]),
      ),
      section(TRIED.title, triedTable(page)),
      section('Method', method(page)),
      section('Environment, and how to repeat it', environment(page)),
    ],
    program: page.program,
    at: page.at,
  });
}

/** The answer if nothing was measured here. */
function answerThere(atProduction: ProductionAdvice): string {
  const { sizes: rehearsed } = atProduction;
  const answer = rehearsed.length > 0 ? answerText(atProduction) : samePlansText(atProduction);
  return `At production size: ${answer ?? 'some plans are unknown.'}`;
}

function answerOf({ advice, choice, isRecommended, atProduction }: AdvicePage): string {
  if (isRecommended) return answerText(advice);
  // Without a recommendation or a choice by hand, the page shows all proposals.
  if (advice.recommended === null)
    return atProduction === undefined ? answerText(advice) : answerThere(atProduction);
  if (choice.proposals.length === 0) return 'Chosen by hand: nothing is kept.';
  const answer = answerText(advice, choice);
  return `Chosen by hand: ${answer.charAt(0).toLowerCase()}${answer.slice(1)}`;
}

function figuresOf({ choice, survey, database }: AdvicePage) {
  const { saved, costs } = choice;
  const time = (ms: number | null) => (ms === null ? 'not measured' : formatMs(ms));
  const { met, judged } = {
    met: choice.requirements.filter(({ judgement }) => judgement === 'pass').length,
    judged: choice.requirements.filter(({ judgement }) => judgement !== 'not applicable').length,
  };
  return [
    {
      name: `all queries${survey.weighted ? ', a day' : ', one call each'}`,
      value: `${saved.atLeast || saved.stopped.length > 0 ? '> ' : ''}${time(saved.beforeMs)} → ${costs.atLeast ? '> ' : ''}${time(saved.afterMs)}`,
    },
    { name: 'added', value: formatBytes(costs.bytes) },
    ...(costs.freedBytes > 0 ? [{ name: 'freed', value: formatBytes(costs.freedBytes) }] : []),
    ...(costs.refreshMs > 0 ? [{ name: 'one refresh', value: formatMs(costs.refreshMs) }] : []),
    ...(judged > 0 ? [{ name: 'requirements met', value: `${met} of ${judged}` }] : []),
    { name: 'database', value: database },
  ];
}

const WORDS = { keep: 'good', drop: 'good', '?': 'warn', leave: 'soft' } as const;

function decisions({ advice, survey, kept }: AdvicePage): Html {
  const at = new Map(survey.proposals.map(({ id }, position) => [id, position]));
  const day = survey.weighted ? ' a day' : '';
  return table(
    [
      { title: '', kind: 'word' },
      { title: '', kind: 'word' },
      { title: 'proposal', kind: 'wide' },
      { title: 'reason', kind: 'wide' },
      { title: `saves${day}`, kind: 'number' },
      { title: 'costs' },
    ],
    decisionsOf(advice).map(({ id, verb, reason, saves, costs }) => {
      const position = at.get(id);
      const isKept = position !== undefined && contains(kept, bit(position));
      const isAdvised = verb === 'keep' || verb === 'drop';
      const chosen =
        position === undefined || isKept === isAdvised ? verb : `${isKept ? 'keep' : 'leave'}, by hand`;
      return [
        position === undefined ? '' : letterOf(position),
        colored(chosen, WORDS[verb]),
        html`<code>${id}</code>`,
        reason,
        saves,
        costs,
      ];
    }),
  );
}

function pageQuery({ survey, kept, advice, choice, workload }: AdvicePage, position: number): PageQuery {
  const query = survey.queries[position];
  const row = choice.queries[position];
  if (query === undefined || row === undefined) throw new Error('a choice judges every query');
  const { id, number, title, targetMs, failure } = query;
  const [before, after] = [planUnder(survey, query, BASELINE), planUnder(survey, query, kept)];
  const source = workload.queries.find(one => one.id === id);
  const rewrite = rewriteOf(source, row.rewrite);
  return {
    position,
    number,
    title,
    before: sideOf(before, row.before),
    after: sideOf(after, row.after),
    samePlan: before !== undefined && before === after,
    change:
      row.verdict.kind === 'not measured' && row.verdict.tooFew ? 'too few runs' : verdictText(row.verdict),
    kind: row.verdict.kind,
    evidence: evidenceOf(row),
    targetMs,
    meetsTarget:
      row.after === null || (row.after.atLeast && row.after.ms < targetMs)
        ? undefined
        : row.after.ms < targetMs,
    notes: [
      ...(failure === undefined ? [] : [failure]),
      ...[before, after].flatMap(plan => plan?.failure ?? []),
      ...(row.rewrite === null
        ? []
        : [`After reads the rewrite @${row.rewrite}; it returns: ${row.answer ?? 'not compared'}.`]),
      ...advice.matrix.flatMap(({ proposal, regressions }) =>
        regressions
          .filter(one => one.query === id)
          .map(
            ({ where, verdict }) =>
              `${proposal} makes it ${verdictText(verdict)}${where === 'alone' ? ', alone' : ', added to all others'}.`,
          ),
      ),
    ],
    texts: [
      ...(source === undefined ? [] : [{ name: 'SQL', sql: source.sql }]),
      ...(rewrite === undefined ? [] : [{ name: `SQL of the rewrite @${rewrite.id}`, sql: rewrite.sql }]),
    ],
  };
}

function evidenceOf({ verdict }: ChoiceModel['queries'][number]): string {
  if (verdict.kind === 'same plan') return 'The same plan before and after.';
  const text = evidenceText(verdict);
  const [low = null, high = null] = verdict.interval ?? [];
  const range =
    low === null || high === null
      ? ''
      : `; before ÷ after lies between ${low.toFixed(2)} and ${high.toFixed(2)}`;
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}${range}.`;
}

function sideOf(plan: SurveyedPlan | undefined, time: ChoiceModel['queries'][number]['before']): PageSide {
  if (plan === undefined) return { time: 'not planned', detail: '', plan: undefined };
  const { runsMs } = runsOf(plan);
  const spread =
    runsMs.length < 2 ? '' : `, ${formatMs(Math.min(...runsMs))}–${formatMs(Math.max(...runsMs))}`;
  const cost = plan.estimate.totalCost;
  return {
    time: timeText(time),
    detail:
      runsMs.length === 0
        ? `cost ${formatThousands(Math.round(cost))}`
        : `${plural(runsMs.length, 'run')}${spread}`,
    plan: plan.tree ?? plan.estimate,
  };
}

function sizes({ survey, kept, projections }: AdvicePage): Html {
  const rows = survey.proposals.flatMap((proposal, position) =>
    proposal.objects.map((object, at): Cell[] => {
      const { id, kind } = proposal;
      const projected = projections.get(id)?.bytes;
      return [
        html`<code>${object.name}</code>`,
        `${PROPOSAL_KINDS[kind].standsForExisting ? 'drops ' : ''}${object.kind} on ${object.table}`,
        contains(kept, bit(position)) ? 'yes' : '',
        `${PROPOSAL_KINDS[kind].standsForExisting ? '−' : ''}${formatBytes(object.bytes)}`,
        at > 0 || projected === undefined ? '' : `≈ ${formatBytes(projected)}`,
        at > 0 || PROPOSAL_KINDS[kind].standsForExisting ? '' : formatMs(proposal.buildMs),
      ];
    }),
  );
  const assumptions = [...new Set([...projections.values()].map(({ assumption }) => assumption))];
  return html`${table(
    [
      { title: 'object', kind: 'wide' },
      { title: '', kind: 'wide' },
      { title: 'kept' },
      { title: 'size here', kind: 'number' },
      { title: 'at production size', kind: 'number' },
      { title: 'built in', kind: 'number' },
    ],
    rows,
  )}${list(assumptions.map(text => `At production size: projected; ${text}.`))}`;
}

function requirements({ requirements: all }: AdvicePage): Html {
  return table(
    [
      { title: '', kind: 'word' },
      { title: 'requirement', kind: 'wide' },
      { title: 'before' },
      { title: 'after' },
      { title: 'evidence', kind: 'wide' },
    ],
    all.map(({ id, text, before, after, evidence }) => [
      id,
      text,
      colored(before, meaningOf(before)),
      colored(after, meaningOf(after)),
      evidence,
    ]),
  );
}

function rejected({ survey, kept, whyNot, advice }: AdvicePage): Html {
  const rows = survey.proposals.flatMap(({ id }, position): Cell[][] => {
    if (contains(kept, bit(position))) return [];
    const cells = advice.matrix[position]?.cells ?? [];
    const alone = cells
      .filter(({ alone: { kind } }) => kind === 'faster' || kind === 'slower')
      .map(cell => `${numberOf(advice, cell.query)} (${factorText(cell.alone)})`);
    const short = decisionsOf(advice).find(decision => decision.id === id)?.reason ?? '';
    return [
      [
        html`<code>${id}</code>`,
        whyNot.get(id) ?? short,
        alone.length === 0 ? 'nothing clear' : alone.join(', '),
      ],
    ];
  });
  const others = [
    ...survey.leftOut.map(({ id, reason }) => [
      html`<code>${id}</code>`,
      `could not be built: ${reason}`,
      '',
    ]),
    ...(survey.inPlace ?? []).map(({ id, what }) => [html`<code>${id}</code>`, `in place: ${what}`, '']),
  ];
  return table(
    [
      { title: 'proposal', kind: 'wide' },
      { title: 'why', kind: 'wide' },
      { title: 'alone, by query', kind: 'wide' },
    ],
    [...rows, ...others],
  );
}

const numberOf = ({ queries }: Advice, id: string): string =>
  String(queries.find(query => query.id === id)?.number ?? id);

/** A wider matrix fits no screen. */
const MOST_COLUMNS = 12;

function matrix(advice: Advice): Html {
  const { proposals, matrix: columns, queries } = advice;
  if (proposals.length === 0 || proposals.length > MOST_COLUMNS) return NONE;
  const rows = queries.map(({ number, title }, row): Cell[] => [
    `${number} ${title}`,
    ...columns.map(({ cells }) => {
      const cell = cells[row];
      if (cell === undefined) return '';
      const isSame = cell.alone.kind === 'same plan' && cell.added.kind === 'same plan';
      const text = isSame ? '–' : `${factorText(cell.alone)} / ${factorText(cell.added)}`;
      const kinds = [cell.alone.kind, cell.added.kind];
      return colored(text, kinds.includes('slower') ? 'bad' : kinds.includes('faster') ? 'good' : 'soft');
    }),
  ]);
  return html`<p class="soft">Alone / added to all others. 17× is faster; – the same plan; = no clear difference; ? not measured.</p>${table(
    [
      { title: 'query', kind: 'wide' },
      ...proposals.map(({ id }, at) => ({ title: `${letterOf(at)} ${id}` })),
    ],
    rows,
  )}`;
}

/** Every configuration by bytes and time; letters come from the table of proposals. */
function picture({ frontier, proposals }: Advice, time: string, kept?: Mask): Html {
  const letters = (configuration: Mask) =>
    proposals.map((_, at) => (contains(configuration, bit(at)) ? letterOf(at) : '')).join('');
  const drawn = frontier.plot.map(({ configuration, netBytes, totalMs, onFrontier }): ChartPoint => {
    const kind = configuration === kept ? 'kept' : onFrontier ? 'frontier' : 'beaten';
    const isNamed = kind !== 'beaten' || configuration === BASELINE;
    return { netBytes, totalMs, kind, label: isNamed ? letters(configuration) || 'baseline' : '' };
  });
  return frontierChart(drawn, `Upwards: ${time}, logarithmic. To the right: bytes.`);
}

const timeOf = ({ survey }: AdvicePage): string => (survey.weighted ? 'time a day' : 'total time');

function frontier(page: AdvicePage): Html {
  const { advice, survey, kept } = page;
  const { points } = advice.frontier;
  if (points.length === 0) return html`<p>The frontier is unknown: no configuration was measured.</p>`;
  const time = timeOf(page);
  const costs = ({ netBytes, totalMs, atLeast, refreshMs, writeMs }: CostsModel): Cell[] => [
    bytesText(netBytes),
    timeText(totalMs === null ? null : { ms: totalMs, atLeast }),
    refreshMs === 0 ? '' : formatMs(refreshMs),
    writeMs === null ? '' : `+${signedMs(writeMs)}`,
  ];
  return html`${picture(advice, time, kept)}
<p class="soft">Upwards: ${time}, logarithmic. Green: kept; filled: on the frontier; gray: beaten. Letters: the proposals above.</p>
<p>${nothingBeats(points.length)} on total time, bytes, writes and refresh.</p>${table(
    [
      { title: 'configuration', kind: 'wide' },
      { title: 'net size', kind: 'number' },
      { title: time, kind: 'number' },
      { title: 'refresh', kind: 'number' },
      { title: 'a row written', kind: 'number' },
      { title: 'proposals', kind: 'wide' },
    ],
    points.map(({ proposals, costs: each }) => [
      survey.proposals.map(({ id }, at) => (proposals.includes(id) ? letterOf(at) : '')).join('') ||
        'baseline',
      ...costs(each),
      proposals.join(', '),
    ]),
  )}`;
}

function triedTable({ tried = [] }: AdvicePage): Html {
  if (tried.length === 0) return NONE;
  const [words, ...others] = TRIED.columns;
  return table(
    [{ title: words, kind: 'wide' }, ...others.map(title => ({ title }))],
    tried.map(({ words: on, total, measured, at }) => [on, total, measured, at]),
  );
}

function method(page: AdvicePage): Html {
  const { method: how, limits } = methodLines(page, name => name);
  return html`${list(how)}<h4>What these figures do not say</h4>${list(limits)}`;
}

function environment(page: AdvicePage): Html {
  return html`${table([{ title: '', kind: 'word' }, { title: '' }], environmentRows(page))}${preformatted(page.repeat)}`;
}
