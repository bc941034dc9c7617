/** All requirements of a workload, in order: the run time of each query, storage, sequential scans, memory. */
import { formatBytes, formatCount, formatMs, round } from '../../base/format.ts';
import type { Query } from '../../workload/workload.ts';
import type { Known, KnownAtProduction, KnownQuery, Side } from './known.ts';
import { memoryHeld } from './memory.ts';
import { projectedMemory, projectedRunTime } from './projected.ts';
import { type Requirement, type Verdict, verdict } from './result.ts';
import { runTime } from './runTime.ts';
import { sequentialScansOf } from './sequentialScans.ts';
import { storage } from './storage.ts';

/** @param production The facts at production size; undefined: not worked out. */
export function requirementsOf(known: Known, production?: KnownAtProduction): readonly Requirement[] {
  const { queries, budgets } = known.workload;
  const numbers = [...new Set(queries.map(({ number }) => number))];
  const last = Math.max(0, ...numbers);
  const row = (
    number: number,
    title: string,
    judge: (side: Side, known: Known) => Verdict,
    atProduction: (facts: KnownAtProduction) => Verdict = ({ known: of }) => judge(of.after, of),
  ): Requirement => ({
    id: `REQ-${String(number).padStart(2, '0')}`,
    title,
    before: judge(known.before, known),
    after: judge(known.after, known),
    atProductionSize: production && atProduction(production),
  });
  return [
    ...numbers.map(number => {
      const [first] = queries.filter(query => query.number === number);
      const target = round(formatMs(first?.targetMs ?? 0));
      const ofNumber = ({ queries: sets }: Side) => sets.filter(({ query }) => query.number === number);
      return row(
        number,
        `${first === undefined ? '' : withoutLabel(first)} < ${target}`,
        side => proven(runTime(ofNumber(side), known.workload), ofNumber(side)),
        ({ side }) =>
          projectedRunTime(
            queries.filter(query => query.number === number),
            side,
          ),
      );
    }),
    row(last + 1, `Storage added < ${round(formatBytes(budgets.storageBytes))}`, side =>
      storage(side, budgets.storageBytes),
    ),
    row(last + 2, `No Seq Scan, tables > ${size(budgets.largeTableRows)} rows`, (side, of) =>
      proven(sequentialScansOf(side, of), side.queries),
    ),
    row(
      last + 3,
      `Holds ≤ ${round(formatBytes(budgets.workMemBytes))}, no temp files`,
      (side, of) => proven(memoryHeld(side, of), side.queries),
      projectedMemory,
    ),
  ];
}

/** A pass needs a rewrite that is known to return the same rows. */
function proven(judged: Verdict, queries: readonly KnownQuery[]): Verdict {
  const why = queries.find(({ unproven }) => unproven !== undefined)?.unproven;
  if (judged.state !== 'pass' || why === undefined) return judged;
  return verdict('not measured', judged.figure, `${judged.text}, but ${why}`, judged.evidence);
}

const size = (rows: number): string => round(formatCount(rows));

/** The title without the label of the values. */
function withoutLabel({ title, values }: Query): string {
  const end = values === undefined ? '' : ` · ${values.label}`;
  return end !== '' && title.endsWith(end) ? title.slice(0, -end.length) : title;
}
