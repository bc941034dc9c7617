/** The proposals and the matrix as tables. */

import stringWidth from 'string-width';
import type { Advice } from '../../advisor/advice/advice.ts';
import type { VerdictModel } from '../../advisor/advice/models.ts';
import { bytesText, letterOf } from '../../advisor/advice/words.ts';
import { formatFactor, formatMs } from '../../base/format.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';
import { columns } from '../columns.ts';
import { fitted } from './fitted.ts';
import { cut, wrap } from './wrap.ts';

/** Maximum length of a proposal's name above its column. */
const NAME = 40;

export function matrixText(document: Advice, width: number): string[] {
  if (document.proposals.length === 0)
    return [
      document.inPlace.length > 0 && document.leftOut.length === 0
        ? 'All proposals are in place: there is nothing to compare.'
        : 'No proposal could be built: there is nothing to compare.',
    ];
  return [
    proposals(document, width),
    `${legend(document, width)}\n\n${blocks(document, width).join('\n\n')}`,
  ];
}

function proposals(document: Advice, width: number): string {
  const helps = new Map(document.matrix.map(column => [column.proposal, column]));
  const written = document.proposals.some(({ writeMs }) => writeMs !== null);
  // A plan-only advice builds and refreshes nothing.
  const built = !document.projected;
  const table = (nameWidth: number) =>
    columns(
      [
        '',
        'proposal',
        'advice',
        'size',
        ...(built ? ['built in', 'refresh'] : []),
        ...(written ? ['a row written'] : []),
        'helps',
      ],
      document.proposals.map((proposal, position) => {
        const { id, kind, bytes, freedBytes, buildMs, refreshMs, refreshHow, writeMs } = proposal;
        const { standsForExisting: drop, mark } = PROPOSAL_KINDS[kind];
        return [
          letterOf(position),
          cut(`${id}${mark}`, nameWidth),
          adviceText(proposal.advice, drop),
          bytesText(bytes - freedBytes),
          ...(built
            ? [
                drop ? '' : formatMs(buildMs),
                refreshMs === 0 ? '' : `${formatMs(refreshMs)}${refreshHow === 'built' ? ' (as built)' : ''}`,
              ]
            : []),
          ...(written ? [writeMs === null ? 'not measured' : `+${formatMs(writeMs)}`] : []),
          helpText(document, helps.get(id)),
        ];
      }),
      new Set([3, ...(built ? [4, 5] : []), ...(written ? [6] : [])]),
    );
  return `Proposals\n${fitted(table, width)}`;
}

/** The query that it helps most, alone or added to all other proposals: `17×, Q3`. */
function helpText({ queries }: Advice, column: Advice['matrix'][number] | undefined): string {
  if (column === undefined || column.helps === 'unknown') return 'not known';
  if (column.helps === 'nothing') return 'no query';
  const [best] = column.cells
    .flatMap(({ query, alone, added }) => [alone, added].map(verdict => ({ query, verdict })))
    .filter(({ verdict }) => verdict.kind === 'faster')
    .sort((a, b) => (b.verdict.factor ?? 1) - (a.verdict.factor ?? 1));
  if (best === undefined) return 'with some others';
  const number = queries.find(({ id }) => id === best.query)?.number ?? best.query;
  return `${factorText(best.verdict)}, Q${number}`;
}

function adviceText(advice: Advice['proposals'][number]['advice'], drop: boolean): string {
  if (advice === 'recommended') return drop ? 'drop' : 'keep';
  if (advice === 'not recommended') return drop ? 'keep' : '–';
  return advice;
}

const legend = ({ projected }: Advice, width: number): string =>
  wrap(
    `What each proposal does: alone / added to all others. 17× is faster; – the same plan; = no clear difference; ? not ${projected ? 'known' : 'measured'}; > at least; * the plan with all proposals reads it (of an index to drop: reads it while it is there).`,
    width,
    '',
  );

/** Splits the matrix into blocks of columns that fit the width. */
function blocks(document: Advice, width: number): string[] {
  const cells = document.matrix.map(({ cells }) => cells.map(cellText));
  const titles = document.queries.map(({ number, title }) => cut(`${number} ${title}`, 30));
  const widest = Math.max(5, ...titles.map(title => stringWidth(title)));
  const names = document.proposals.map(({ id }, at) => `${letterOf(at)} ${cut(id, NAME)}`);
  const widths = cells.map(
    (column, at) => Math.max(...[names[at] ?? '', ...column].map(text => stringWidth(text))) + 2,
  );
  const found: string[] = [];
  for (let from = 0; from < cells.length; ) {
    let to = from + 1;
    const used = () => widths.slice(from, to + 1).reduce((sum, each) => sum + each, widest);
    while (to < cells.length && used() <= width) to++;
    const heading = names.slice(from, to);
    const rows = titles.map((title, row) => [
      title,
      ...cells.slice(from, to).map(column => column[row] ?? ''),
    ]);
    found.push(columns(['query', ...heading], rows, new Set()));
    from = to;
  }
  return found;
}

function cellText({ alone, added, used }: Advice['matrix'][number]['cells'][number]): string {
  const isSame = alone.kind === 'same plan' && added.kind === 'same plan';
  return `${isSame ? '–' : `${factorText(alone)} / ${factorText(added)}`}${used ? ' *' : ''}`;
}

/** `17×`, `> 5.7×`, `2.1× slower`, or a mark of the legend. */
export function factorText({ kind, factor, atLeast }: VerdictModel): string {
  if (kind === 'same plan') return '–';
  if (kind === 'not measured') return '?';
  if (kind === 'no clear difference') return '=';
  return `${atLeast ? '> ' : ''}${formatFactor(factor ?? 1).text}${kind === 'slower' ? ' slower' : ''}`;
}
