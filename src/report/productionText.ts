/** Times at production size → sections of text. Pure. */
import { formatMs, formatProjected, round, sanitize } from '../format/index.ts';
import { columns } from './columns.ts';
import type { ProductionModel, ProductionSideModel, TimeModel } from './production.ts';

export function productionSections(production: ProductionModel | null): string[] {
  if (production === null) return [];
  const { sizes, remarks } = production;
  const largest = sizes.at(-1) ?? '';
  const sides = sidesOf(production);
  const checked = sides.filter(({ side }) => side.check !== null);
  const judged = checked.filter(({ side }) => side.check?.inside !== null);
  return [
    `Times at production size: projected, nothing was run there\n${columns(
      ['#', '', ...sizes.map(size => `at ${size}`), 'in production', 'slowest node there'],
      sides.map(({ number, name, side }) => [
        number,
        name,
        ...sizes.map(size => ran(side, size)),
        said(side.time),
        slowest(side.time),
      ]),
      new Set(sizes.map((_, at) => at + 2)),
    )}`,
    ...(judged.length === 0
      ? [`No check of the projection: it needs three sizes (${sizes.join(', ')} are ${sizes.length}).`]
      : [
          `The check: ${largest} from the smaller sizes, against what was measured there\n${columns(
            ['#', '', 'foretold', 'measured', ''],
            checked.map(({ number, name, side }) => [
              number,
              name,
              side.check === null ? '' : said(side.check.predicted),
              measuredAt(side, largest),
              verdict(side.check?.inside ?? null),
            ]),
            new Set([3]),
          )}\n${judged.filter(({ side }) => side.check?.inside === true).length} of ${judged.length} inside their intervals`,
        ]),
    ...lines(sides),
    ...(remarks.length === 0
      ? []
      : [`What production is taken to be\n${remarks.map(line => `  ${sanitize(line)}`).join('\n')}`]),
  ];
}

interface Row {
  readonly number: string;
  readonly name: string;
  readonly side: ProductionSideModel;
}

const sidesOf = ({ queries }: ProductionModel): readonly Row[] =>
  queries.flatMap(({ number, before, after }) => {
    const rows: Row[] = [];
    if (before !== null) rows.push({ number: String(number), name: 'before', side: before });
    if (after !== null) rows.push({ number: String(number), name: 'after', side: after });
    return rows;
  });

/** It is production's plan that ran, not the one that this size would choose. */
function ran({ rehearsals }: ProductionSideModel, size: string): string {
  const found = rehearsals.find(({ label }) => label === size);
  return found === undefined ? '' : formatMs(found.medianMs);
}

/** Of samples another one may be the largest for some queries. */
function measuredAt({ check }: ProductionSideModel, largest: string): string {
  if (check === null) return '';
  const { measuredMs, size } = check;
  return size === largest ? formatMs(measuredMs) : `${formatMs(measuredMs)} at ${size}`;
}

const said = ({ projectedMs }: TimeModel): string =>
  projectedMs === null ? 'unknown' : formatProjected(projectedMs);

const verdict = (inside: boolean | null): string => (inside === null ? '' : inside ? 'inside' : 'OUTSIDE');

function slowest({ nodes }: TimeModel): string {
  const [most] = [...nodes].sort((a, b) => b.selfMs.point - a.selfMs.point);
  return most === undefined
    ? ''
    : `${most.label}, ${formatProjected(most.selfMs, ms => round(formatMs(ms)))}`;
}

/** The method once; of each side what it could not say, or says with reserve. */
function lines(sides: readonly Row[]): string[] {
  const methods = [...new Set(sides.flatMap(({ side }) => side.time.method ?? []))];
  const reserves = sides.flatMap(({ number, name, side: { time } }) => {
    const notes = time.why === null ? time.remarks : [`unknown: ${time.why}`];
    return notes.map(note => `  query ${number} ${name}: ${note}`);
  });
  return [
    [...methods.map(method => `Method: ${method}.`), ...reserves].map(line => sanitize(line)).join('\n'),
  ].filter(text => text !== '');
}
