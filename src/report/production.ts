/** Results at production size → their part of the check document, and its text. */
import type {
  AtProduction,
  FitCheck,
  Interval,
  ProductionSide,
  ProjectedTime,
} from '../advisor/projected.ts';
import { formatMs, formatProjected, round, sanitize } from '../base/format.ts';
import { structureOf } from '../session/runFingerprint.ts';
import type { Workload } from '../workload/workload.ts';
import { columns } from './columns.ts';

type ProductionModel = NonNullable<ReturnType<typeof productionModel>>;
export type ProductionSideModel = NonNullable<ProductionModel['queries'][number]['before']>;
type TimeModel = ReturnType<typeof timeModel>;

/** null without `--scales`. */
export function productionModel({ queries }: Workload, production: AtProduction | undefined) {
  if (production === undefined) return null;
  const { sizes, before, after, objects, remarks } = production;
  return {
    /** Ascending; the rest of the document describes the last one. */
    sizes,
    /** Bytes of the proposals that are on; null: a size is unknown. */
    bytes: [...objects.values()].flat().reduce((sum, one) => sum + one.bytes, 0),
    queries: queries.map(({ id, number, title }) => {
      const [first, second] = [before.get(id), after.get(id)];
      return {
        id,
        number,
        title,
        before: first === undefined ? null : sideModel(first),
        after: second === undefined ? null : sideModel(second),
      };
    }),
    remarks,
  };
}

export function sideModel({ plan, rewrite, failure, time, check, rehearsals }: ProductionSide) {
  return {
    fingerprint: plan === undefined ? null : structureOf(plan.fingerprint),
    estimatedCost: plan?.totalCost ?? null,
    rewrite: rewrite ?? null,
    failure: failure ?? null,
    time: timeModel(time),
    check: checkModel(check),
    rehearsals,
  };
}

function checkModel(check: FitCheck | undefined) {
  if (check === undefined) return null;
  const { label, measuredMs, predicted, inside } = check;
  return { size: label, measuredMs, predicted: timeModel(predicted), inside: inside ?? null };
}

/** Projections and measurements share no field names. */
function timeModel(time: ProjectedTime) {
  if (time.kind === 'unknown')
    return {
      how: 'unknown' as const,
      why: time.why,
      projectedMs: null,
      method: null,
      remarks: [],
      nodes: [],
      memory: null,
    };
  const { ms, method, remarks, nodes, memory } = time;
  return {
    how: 'projected' as const,
    why: null,
    projectedMs: interval(ms),
    method,
    remarks,
    nodes: nodes.map(({ label, rows, selfMs }) => ({
      label,
      rows: interval(rows),
      selfMs: interval(selfMs),
    })),
    memory: { heldBytes: interval(memory.bytes), spills: memory.spills },
  };
}

const interval = ({ low, point, high }: Interval) => ({ low, point, high });

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
      : [`Assumptions about production\n${remarks.map(line => `  ${sanitize(line)}`).join('\n')}`]),
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

/** Runs of production's plan, not of the plan that this size would choose. */
function ran({ rehearsals }: ProductionSideModel, size: string): string {
  const found = rehearsals.find(({ label }) => label === size);
  return found === undefined ? '' : formatMs(found.medianMs);
}

/** Names the size if it is not the largest: queries may differ in their largest sample. */
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

/** The method once, then each side's gaps and reservations. */
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
