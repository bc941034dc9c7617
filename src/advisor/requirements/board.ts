/** All requirements of a workload, in order: the run time of each query, storage, sequential scans, memory. */
import { formatBytes, formatCount, formatMs, round } from '../../base/format.ts';
import type { Budgets, Query } from '../../workload/workload.ts';
import type { Known, KnownAtProduction, KnownQuery, Side } from './known.ts';
import { memoryHeld } from './memory.ts';
import { projectedMemory, projectedRunTime } from './projected.ts';
import { type Requirement, type Verdict, verdict } from './result.ts';
import { runTime } from './runTime.ts';
import { sequentialScansOf } from './sequentialScans.ts';
import { storage } from './storage.ts';

type AtProduction = (facts: KnownAtProduction) => Verdict;

interface OfWorkload {
  readonly title: (budgets: Budgets) => string;
  readonly dependsOn: 'storage' | 'plans';
  readonly judge: (side: Side, known: Known) => Verdict;
  /** Absent: judged as after the proposals. */
  readonly atProduction?: AtProduction;
}

/** The requirements of the whole workload. A new one is a file here and its row, at the end: ids are stable. */
const OF_WORKLOAD: readonly OfWorkload[] = [
  {
    title: ({ storageBytes }) => `Storage added < ${round(formatBytes(storageBytes))}`,
    dependsOn: 'storage',
    judge: (side, { workload }) => storage(side, workload.budgets.storageBytes),
  },
  {
    title: ({ largeTableRows }) => `No Seq Scan, tables > ${round(formatCount(largeTableRows))} rows`,
    dependsOn: 'plans',
    judge: (side, known) => proven(sequentialScansOf(side, known), side.queries),
  },
  {
    title: ({ workMemBytes }) => `Holds ≤ ${round(formatBytes(workMemBytes))}, no temp files`,
    dependsOn: 'plans',
    judge: (side, known) => proven(memoryHeld(side, known), side.queries),
    atProduction: projectedMemory,
  },
];

/** @param production The facts at production size; undefined: not worked out. */
export function requirementsOf(known: Known, production?: KnownAtProduction): readonly Requirement[] {
  const { queries, budgets } = known.workload;
  const numbers = [...new Set(queries.map(({ number }) => number))];
  const last = Math.max(0, ...numbers);
  const row = (
    number: number,
    { title, dependsOn }: Pick<Requirement, 'title' | 'dependsOn'>,
    judge: OfWorkload['judge'],
    atProduction: AtProduction = ({ known: of }) => judge(of.after, of),
  ): Requirement => ({
    id: `REQ-${String(number).padStart(2, '0')}`,
    title,
    dependsOn,
    before: judge(known.before, known),
    after: judge(known.after, known),
    atProductionSize: production && atProduction(production),
  });
  return [
    ...numbers.map(number => {
      const sets = queries.filter(query => query.number === number);
      const [first] = sets;
      const target = round(formatMs(first?.targetMs ?? 0));
      const ofNumber = (side: Side) => side.queries.filter(({ query }) => query.number === number);
      return row(
        number,
        { title: `${first === undefined ? '' : withoutLabel(first)} < ${target}`, dependsOn: number },
        side => proven(runTime(ofNumber(side), known.workload), ofNumber(side)),
        ({ side }) => projectedRunTime(sets, side),
      );
    }),
    ...OF_WORKLOAD.map(({ title, dependsOn, judge, atProduction }, at) =>
      row(last + 1 + at, { title: title(budgets), dependsOn }, judge, atProduction),
    ),
  ];
}

/** A pass needs a rewrite that is known to return the same rows. */
function proven(judged: Verdict, queries: readonly KnownQuery[]): Verdict {
  const why = queries.find(({ unproven }) => unproven !== undefined)?.unproven;
  if (judged.state !== 'pass' || why === undefined) return judged;
  return verdict('not measured', judged.figure, `${judged.text}, but ${why}`, judged.evidence);
}

/** The title without the label of the values. */
function withoutLabel({ title, values }: Query): string {
  const end = values === undefined ? '' : ` · ${values.label}`;
  return end !== '' && title.endsWith(end) ? title.slice(0, -end.length) : title;
}
