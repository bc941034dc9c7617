/** The first lines of the advice: what to keep, what it saves, and the evidence. */
import stringWidth from 'string-width';
import type { Advice } from '../../advisor/advice/advice.ts';
import { choiceText } from '../../advisor/advice/choiceText.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { warningsOf } from '../../advisor/advice/warnings.ts';
import {
  configurationText,
  projectedVerdictText,
  pText,
  timeText,
  verdictText,
} from '../../advisor/advice/words.ts';
import { roleNotes } from '../../advisor/roleNotes.ts';
import { formatMs, round, sanitize } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { columns } from '../columns.ts';
import { databaseName } from '../reportNames.ts';
import { answerText, type Decision, decisionsOf, nothingText } from './decisions.ts';
import type { AdviceDocument } from './document.ts';
import { fitted } from './fitted.ts';
import { cut, wrap } from './wrap.ts';

function queryCells(
  advice: Advice,
  row: ChoiceModel['queries'][number],
  index: number,
  titleWidth: number,
): string[] {
  const query = advice.queries[index];
  const rewrite = row.rewrite === null ? '' : ` @${row.rewrite}`;
  return [String(query?.number ?? ''), cut(`${query?.title ?? row.query}${rewrite}`, titleWidth)];
}

/** Each query's projected times under a choice: the interval below each figure, the target below the change. */
function projectedText(advice: Advice, choice: ChoiceModel, width: number): string {
  const table = (titleWidth: number) =>
    columns(
      ['#', 'query', 'before', 'after', 'change, target'],
      choice.queries.flatMap((row, index) => {
        const target = projectedTarget(row.after, advice.queries[index]?.targetMs ?? 0);
        const cells = queryCells(advice, row, index, titleWidth);
        return [
          [...cells, about(row.before), about(row.after), projectedVerdictText(row.verdict)],
          ['', '', between(row.before), between(row.after), target],
        ];
      }),
      new Set([2, 3]),
    );
  return fitted(table, width);
}

type Time = ChoiceModel['queries'][number]['after'];

const about = (time: Time): string => (time === null ? 'not known' : `≈ ${formatMs(time.ms)}`);

function between(time: Time): string {
  const [low, high] = time?.interval ?? [];
  return low === undefined || high === undefined ? '' : `(${formatMs(low)} … ${formatMs(high)})`;
}

/** Only an interval wholly on one side of the target decides. */
function projectedTarget(after: Time, targetMs: number): string {
  const target = round(formatMs(targetMs));
  const [low, high] = after?.interval ?? [];
  if (low === undefined || high === undefined) return `${target}: not known`;
  return `${target}: ${low >= targetMs ? 'MISSED' : high < targetMs ? 'met' : 'not clear'}`;
}

/** The source of the figures: database and role. */
export function databaseText({ target, measured }: AdviceDocument, width: number): string[] {
  const { label, lens, serverVersion } = target;
  const run = measured ? '' : '; no query was run';
  const place =
    lens === null
      ? `${databaseName(label, serverVersion)}: everything was rolled back, nothing is committed${run}`
      : `Lens of ${lens.of}: planned, nothing was run`;
  const notes = lens === null ? roleNotes(target, target.user) : [];
  return [place, ...notes].map(line => wrap(sanitize(line), width));
}

/** The answer and its decisions, for the database here or for production. */
export function keepText(advice: Advice, width: number): string[] {
  const { recommended } = advice;
  const unfinished = 'Not finished: what follows is what was known when it was stopped.';
  const warnings = [...(advice.complete ? [] : [unfinished]), ...warningsOf(advice)].map(line =>
    wrap(line, width),
  );
  const head = warnings.length === 0 ? [] : [warnings.join('\n')];
  if (recommended === null)
    return [...head, wrap(answerText(advice), width), decisionsText(advice, width)].filter(
      text => text !== '',
    );
  return [
    ...head,
    recommendation(advice, recommended, width),
    decisionsText(advice, width),
    evidence(advice, recommended, width),
  ].filter(text => text !== '');
}

function recommendation(advice: Advice, choice: ChoiceModel, width: number): string {
  const creates = choice.proposals.filter(id => !isDrop(advice, id));
  const drops = choice.proposals.filter(id => isDrop(advice, id));
  const keep = [
    ...(creates.length > 0 ? [`Keep ${configurationText(advice, creates)}.`] : []),
    ...(drops.length > 0 ? [`Drop the indexes that ${sanitize(drops.join(', '))} names.`] : []),
  ];
  const what = keep.length === 0 ? nothingText(advice) : keep.join(' ');
  const { saves, costs, slower, meets } = choiceText(advice, choice);
  const sentences = [saves, costs, ...slower, ...(meets === undefined ? [] : [meets])];
  return [wrap(what, width), ...sentences.map(line => wrap(`  ${line}`, width, '  '))].join('\n');
}

const isDrop = ({ proposals }: Advice, id: string) =>
  proposals.some(proposal => proposal.id === id && factsOf(proposal).standsForExisting);

function evidence(advice: Advice, choice: ChoiceModel, width: number): string {
  if (advice.projected) return projectedText(advice, choice, width);
  const table = (titleWidth: number) =>
    columns(
      ['#', 'query', 'before', 'after', 'change', 'p', 'runs', 'target'],
      choice.queries.map((row, index) => [
        ...queryCells(advice, row, index, titleWidth),
        timeText(row.before),
        timeText(row.after),
        verdictText(row.verdict).replace('at least', '≥'),
        pText(row.verdict.p).replace('p = ', '').replace('p ', ''),
        String(row.runs),
        targetText(row.after, advice.queries[index]?.targetMs ?? 0),
      ]),
      new Set([2, 3, 6]),
    );
  return fitted(table, width);
}

type Row = ChoiceModel['queries'][number];

function targetText(after: Row['after'], targetMs: number): string {
  const target = round(formatMs(targetMs));
  if (after === null) return `${target}: not measured`;
  if (after.ms >= targetMs) return `${target}: MISSED`;
  return `${target}: ${after.atLeast ? 'not known' : 'met'}`;
}

/** Longer names are cut. */
const MOST_NAME = 40;

/** The decisions as a table, one line each; a reason that does not fit continues below. */
export function decisionsText(advice: Advice, width: number): string {
  const decisions = decisionsOf(advice);
  if (decisions.length === 0) return '';
  const day = advice.baseline.saved.weighted ? ' a day' : '';
  const heading = { verb: '', id: 'proposal', saves: `saves${day}`, costs: 'costs', reason: 'reason' };
  const all: readonly (Omit<Decision, 'verb'> & { readonly verb: string })[] = [heading, ...decisions];
  const widest = (cell: (one: (typeof all)[number]) => string, most = Number.POSITIVE_INFINITY) =>
    Math.min(most, Math.max(...all.map(one => stringWidth(cell(one)))));
  const [saves, costs] = [widest(one => one.saves), widest(one => one.costs)];
  const room = Math.max(12, width - 'leave'.length - saves - costs - 6);
  const name = widest(one => one.id, Math.min(MOST_NAME, room));
  return all
    .map(one => {
      const id = cut(one.id, name);
      const figures = [
        one.verb.padEnd('leave'.length),
        padded(id, name),
        ' '.repeat(saves - stringWidth(one.saves)) + one.saves,
        padded(one.costs, costs),
      ].join('  ');
      const whole = `${figures}  ${one.reason}`;
      if (stringWidth(whole) <= width) return whole;
      return one === heading
        ? figures.trimEnd()
        : `${figures.trimEnd()}\n${wrap(`${INDENT}${one.reason}`, width, INDENT)}`;
    })
    .join('\n');
}

const INDENT = ' '.repeat(9);

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));
