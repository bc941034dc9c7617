/** The answer in one sentence, then a line for each proposal: keep, drop or leave, why, what it saves and what it costs. */
import type { Advice } from '../../advisor/advice/advice.ts';
import type { VerdictModel } from '../../advisor/advice/models.ts';
import { bytesText, letterOf, timeText } from '../../advisor/advice/words.ts';
import { formatFactor, formatMs, plural, sanitize } from '../../base/format.ts';
import { sum } from '../../base/statistics.ts';
import type { Line } from '../cell.ts';
import { passes, soughtIn } from '../model/selectors.ts';
import type { State } from '../state/state.ts';
import { type Column, rowSpans, rowText, said, widthsOf } from './cells.ts';

const COLUMNS: readonly Column[] = [
  { name: '' },
  { name: 'proposal' },
  { name: 'reason' },
  { name: 'saves', figure: true },
  { name: 'costs' },
];

const REASON = 2;
/** `helps Q5 25×`. What the proposal saves and costs gives way to it. */
const LEAST_REASON = 12;

/** From here on there is room for all costs, not for the size alone. */
const WIDE = 100;

export function verdictLines(state: State, advice: Advice, width: number): Line[] {
  const rows = advice.proposals.map((_, at) => rowOf(advice, at, width >= WIDE));
  const natural = widthsOf(COLUMNS, rows);
  /** Cells of the columns before `end`, without the reason. */
  const beside = (end: number) => sum(natural.slice(0, end)) + 2 * (end - 1) - (natural[REASON] ?? 0);
  const end = [COLUMNS.length, COLUMNS.length - 1].find(each => beside(each) + LEAST_REASON <= width);
  const columns = COLUMNS.slice(0, end ?? REASON + 1);
  const room = Math.max(LEAST_REASON, width - beside(columns.length));
  const widths = widthsOf(
    columns.map((column, at) => (at === REASON ? { ...column, most: room } : column)),
    rows,
  );
  const heading = rowText(
    columns,
    columns.map(({ name }) => name),
    widths,
  );
  return [
    ...said(sentence(advice), width, { bold: true }),
    ...(rows.length === 0 ? [] : [[{ text: heading, dim: true }]]),
    ...rows
      .filter((_, at) => passes(state, 'advice', advice.proposals[at]?.id ?? ''))
      .map((row): Line => {
        const color = row[0] === 'keep' ? 'green' : row[0] === 'drop' ? 'cyan' : undefined;
        const style = color === undefined ? {} : ({ color } as const);
        return rowSpans(columns, row, widths, [[], soughtIn(state, 'advice')], style);
      }),
  ];
}

function sentence({ recommended, baseline, proposals }: Advice): string {
  if (recommended === null) return 'No recommendation yet: no configuration has run times for every query.';
  const { costs } = recommended;
  const total = ({ totalMs, atLeast }: typeof costs) =>
    timeText(totalMs === null ? null : { ms: totalMs, atLeast });
  const calls = baseline.saved.weighted ? ' a day' : '';
  if (recommended.proposals.length === 0)
    return `Keep the database as it is: no proposal clearly helps (${total(baseline.costs)}${calls}).`;
  const count = `${recommended.proposals.length} of ${plural(proposals.length, 'proposal')}`;
  return `Keep ${count}: ${total(baseline.costs)} → ${total(costs)}${calls}, for ${bytesText(costs.netBytes)}.`;
}

function rowOf(advice: Advice, at: number, isWide: boolean): readonly string[] {
  const proposal = advice.proposals[at];
  if (proposal === undefined) return [];
  const isKept = advice.recommended?.proposals.includes(proposal.id) === true;
  const drops = proposal.freedBytes > 0;
  const verdict = isKept ? (drops ? 'drop' : 'keep') : advice.recommended === null ? '?' : 'leave';
  const costs = [
    bytesText(proposal.bytes - proposal.freedBytes),
    ...(isWide && proposal.refreshMs > 0 ? [`refresh ${formatMs(proposal.refreshMs)}`] : []),
    ...(!isWide || proposal.writeMs === null ? [] : [`+${formatMs(proposal.writeMs)} a row`]),
  ];
  return [
    verdict,
    `${letterOf(at)} ${sanitize(proposal.id)}`,
    reasonOf(advice, at),
    savedBy(advice, at),
    costs.join(', '),
  ];
}

/** The stronger of its verdicts on a query: alone, or added to all others. */
function verdictsOf({ matrix, queries }: Advice, at: number) {
  return (matrix[at]?.cells ?? []).map(({ alone, added }, row) => ({
    number: queries[row]?.number ?? 0,
    verdict: added.kind === 'faster' || added.kind === 'slower' ? added : alone,
  }));
}

function reasonOf(advice: Advice, at: number): string {
  const proposal = advice.proposals[at];
  if (proposal?.unusable != null) return `unknown: ${proposal.unusable}`;
  const verdicts = verdictsOf(advice, at);
  const of = (kind: VerdictModel['kind'], word: string): string[] => {
    const found = verdicts.filter(({ verdict }) => verdict.kind === kind);
    if (found.length === 0) return [];
    return [`${word} ${found.map(({ number, verdict }) => `Q${number} ${factorText(verdict)}`).join(', ')}`];
  };
  const words = [...of('faster', 'helps'), ...of('slower', 'slows')];
  if (words.length > 0) return words.join('; ');
  const open = proposal?.unmeasured.length ?? 0;
  return open > 0 ? `not measured: ${plural(open, 'query', 'queries')}` : 'helps no query';
}

/** Summed over one call of each query that it makes faster. */
function savedBy(advice: Advice, at: number): string {
  const faster = verdictsOf(advice, at).flatMap(({ verdict }) =>
    verdict.kind === 'faster' && verdict.beforeMs !== null && verdict.afterMs !== null
      ? [{ ms: verdict.beforeMs - verdict.afterMs, atLeast: verdict.atLeast }]
      : [],
  );
  if (faster.length === 0) return '';
  const atLeast = faster.some(one => one.atLeast) ? '> ' : '';
  return `${atLeast}${formatMs(faster.reduce((sum, { ms }) => sum + ms, 0))}`;
}

/** `17×`, `> 91×`. */
export const factorText = ({ factor, atLeast }: VerdictModel): string =>
  `${atLeast ? '> ' : ''}${formatFactor(factor ?? 1).text}`;
