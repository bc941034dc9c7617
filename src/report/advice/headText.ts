import type { Advice } from '../../advisor/advice/advice.ts';
import { choiceText } from '../../advisor/advice/choiceText.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { warningsOf } from '../../advisor/advice/warnings.ts';
import {
  configurationText,
  plural,
  projectedVerdictText,
  pText,
  timeText,
  verdictText,
} from '../../advisor/advice/words.ts';
import { roleNotes } from '../../advisor/roleNotes.ts';
import { formatMs, round, sanitize } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { columns } from '../columns.ts';
import type { AdviceDocument } from './document.ts';
import { fitted } from './fitted.ts';
import { cut, wrap } from './wrap.ts';

/** What a row of a table says first of a query: its number, its title and the rewrite that it reads. Pure. */

export function queryCells(
  advice: Advice,
  row: ChoiceModel['queries'][number],
  index: number,
  titleWidth: number,
): string[] {
  const query = advice.queries[index];
  const rewrite = row.rewrite === null ? '' : ` @${row.rewrite}`;
  return [String(query?.number ?? ''), cut(`${query?.title ?? row.query}${rewrite}`, titleWidth)];
}

/** Each query's projected times under a choice: below each figure its interval, below the change the target. Pure. */

export function projectedText(advice: Advice, choice: ChoiceModel, width: number): string {
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

/** Only an interval that lies wholly on one side of it decides. */
function projectedTarget(after: Time, targetMs: number): string {
  const target = round(formatMs(targetMs));
  const [low, high] = after?.interval ?? [];
  if (low === undefined || high === undefined) return `${target}: not known`;
  return `${target}: ${low >= targetMs ? 'MISSED' : high < targetMs ? 'met' : 'not clear'}`;
}

/** What to keep, what it saves, and the evidence: the first lines of an advice. Pure. */

/** Where it was found out, and as whom. */
export function placeText({ target, measured }: AdviceDocument, width: number): string[] {
  const { label, lens, serverVersion } = target;
  const version = serverVersion === null ? '' : `, PostgreSQL ${serverVersion}`;
  const run = measured ? '' : '; no query was run';
  const place =
    lens === null
      ? `${label}${version}: everything was rolled back, nothing is committed${run}`
      : `Lens of ${lens.of}: planned, nothing was run`;
  const notes = lens === null ? roleNotes(target, target.user) : [];
  return [place, ...notes].map(line => wrap(sanitize(line), width));
}

/** The same of an advice wherever it is of. */
export function keepText(advice: Advice, width: number): string[] {
  const { recommended } = advice;
  const unfinished = 'Not finished: what follows is what was known when it was stopped.';
  const warnings = [...(advice.complete ? [] : [unfinished]), ...warningsOf(advice)].map(line =>
    wrap(line, width),
  );
  const head = warnings.length === 0 ? [] : [warnings.join('\n')];
  if (recommended === null)
    return [
      ...head,
      wrap(
        advice.projected
          ? 'No recommendation: no configuration has projected times for every query.'
          : 'No recommendation: no query was measured.',
        width,
      ),
    ];
  return [...head, recommendation(advice, recommended, width), evidence(advice, recommended, width)];
}

function recommendation(advice: Advice, choice: ChoiceModel, width: number): string {
  const creates = choice.proposals.filter(id => !isDrop(advice, id));
  const drops = choice.proposals.filter(id => isDrop(advice, id));
  const keep = [
    ...(creates.length > 0 ? [`Keep ${configurationText(advice, creates)}.`] : []),
    ...(drops.length > 0 ? [`Drop the indexes that ${sanitize(drops.join(', '))} names.`] : []),
  ];
  const open = advice.proposals.filter(one => OPEN.has(one.advice)).length;
  const nothing =
    open === 0
      ? 'Keep nothing: no proposal is worth its costs.'
      : `Nothing is recommended: ${open} of ${plural(advice.proposals.length, 'proposal')} ${open === 1 ? 'was' : 'were'} not measured.`;
  const what = keep.length === 0 ? nothing : keep.join(' ');
  const { saves, costs, slower, meets } = choiceText(advice, choice);
  const sentences = [saves, costs, ...slower, ...(meets === undefined ? [] : [meets])];
  return [wrap(what, width), ...sentences.map(line => wrap(`  ${line}`, width, '  '))].join('\n');
}

/** Neither recommended nor rejected. */
const OPEN: ReadonlySet<string> = new Set(['not measured', 'unknown']);

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
