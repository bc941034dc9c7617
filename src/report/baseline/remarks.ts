/** Remarks about a query that changed between two checks: the rules of `check --baseline`, stated in docs/ci.md. */
import { judgeMeasured } from '../../advisor/verdict.ts';
import { changeText, formatBlocks, formatMs, round } from '../../base/format.ts';
import type { ComparableNode, ComparableQuery, ComparableSide } from './baseline.ts';

/** Only `worse` fails the check. */
export type Grade = 'worse' | 'slower' | 'noted' | 'better';

export interface Remark {
  readonly grade: Grade;
  readonly kind: Kind;
  /** A sentence without a full stop; not sanitized. */
  readonly text: string;
}

/** Kind of remark → short text for a table. */
export const KINDS = {
  'index-to-sequential': 'index scan became sequential scan',
  'target-missed': 'target missed',
  'timed-out': 'timed out',
  'temporary-files': 'temporary files appeared',
  failed: 'fails',
  'answer-different': 'a rewrite returns something else',
  slower: 'slower',
  'sequential-to-index': 'sequential scan became index scan',
  'target-met': 'target met',
  'in-time': 'no longer timed out',
  'no-temporary-files': 'no temporary files any more',
  works: 'no longer fails',
  'answer-same': 'the rewrite returns the same again',
  faster: 'faster',
  'plan-changed': 'another plan',
  'rewrite-changed': 'another text is planned',
  'still-failing': 'fails as before',
  'not-planned': 'not compared',
  'shorter-timeout': 'the timeout is shorter',
} as const;
export type Kind = keyof typeof KINDS;

const SEQUENTIAL: ReadonlySet<string> = new Set(['Seq Scan', 'Parallel Seq Scan']);
/** The bitmap heap scan above a bitmap index scan names the table. */
const THROUGH_INDEX: ReadonlySet<string> = new Set([
  'Index Scan',
  'Index Only Scan',
  'Bitmap Heap Scan',
  'Parallel Index Scan',
  'Parallel Index Only Scan',
  'Parallel Bitmap Heap Scan',
]);

/** Labels of the nodes that read a table. */
interface Access {
  readonly sequential: string[];
  readonly throughIndex: string[];
}

interface ScanChange {
  readonly relation: string;
  /** Labels including a bitmap's index. */
  readonly from: string;
  readonly to: string;
}

/**
 * Tables with more sequential scans and fewer index scans in `after` than in `before`, or with a first sequential
 * scan after index scans alone.
 */
function becameSequential(before: readonly ComparableNode[], after: readonly ComparableNode[]): ScanChange[] {
  const then = accessOf(before);
  const now = accessOf(after);
  return [...then].flatMap(([relation, old]): ScanChange[] => {
    const { sequential, throughIndex } = now.get(relation) ?? { sequential: [], throughIndex: [] };
    const [from] = old.throughIndex;
    const to = sequential.at(-1);
    if (from === undefined || to === undefined || sequential.length <= old.sequential.length) return [];
    const isWorse = throughIndex.length < old.throughIndex.length || old.sequential.length === 0;
    return isWorse ? [{ relation, from, to }] : [];
  });
}

function accessOf(plan: readonly ComparableNode[]): ReadonlyMap<string, Access> {
  const byRelation = new Map<string, Access>();
  for (const [position, { relation, nodeType, label }] of plan.entries()) {
    if (relation === null) continue;
    const access = byRelation.get(relation) ?? { sequential: [], throughIndex: [] };
    byRelation.set(relation, access);
    if (SEQUENTIAL.has(nodeType)) access.sequential.push(label);
    if (THROUGH_INDEX.has(nodeType)) access.throughIndex.push(label + bitmapIndexes(plan, position));
  }
  return byRelation;
}

/** ` (by_customer)`: the indexes below a bitmap heap scan. */
function bitmapIndexes(plan: readonly ComparableNode[], position: number): string {
  const heap = plan[position];
  if (heap === undefined || !heap.nodeType.endsWith('Bitmap Heap Scan')) return '';
  const names: string[] = [];
  for (const { depth, nodeType, index } of plan.slice(position + 1)) {
    if (depth <= heap.depth) break;
    if (nodeType === 'Bitmap Index Scan' && index !== null && !names.includes(index)) names.push(index);
  }
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}

/** ms; null: not known. */
interface Targets {
  readonly was: number | null;
  readonly now: number | null;
}

function timeRemarks(then: ComparableSide, now: ComparableSide, targets: Targets): Remark[] {
  const limit = (ms: number) => round(formatMs(ms));
  if (now.timedOutAfterMs !== null) {
    if (then.timedOutAfterMs !== null || then.medianMs === null) return [];
    const after = `stopped after ${limit(now.timedOutAfterMs)}; it took ${formatMs(then.medianMs)} in the baseline`;
    return then.medianMs < now.timedOutAfterMs
      ? [{ grade: 'worse', kind: 'timed-out', text: after }]
      : [{ grade: 'noted', kind: 'shorter-timeout', text: `${after}, under a longer timeout` }];
  }
  if (now.medianMs === null) return [];
  const was =
    then.timedOutAfterMs === null
      ? formatMs(then.medianMs ?? Number.NaN)
      : `> ${limit(then.timedOutAfterMs)}`;
  const times = `${was} → ${formatMs(now.medianMs)}`;
  const remarks: Remark[] = [];
  if (then.timedOutAfterMs !== null)
    remarks.push({ grade: 'better', kind: 'in-time', text: `it no longer times out: ${times}` });
  if (then.meetsTarget === true && now.meetsTarget === false) {
    const moved =
      targets.was === null || targets.was === targets.now ? '' : `; the target was ${limit(targets.was)}`;
    const text = `the target of ${limit(targets.now ?? Number.NaN)} is missed: ${times}${moved}`;
    remarks.push({ grade: 'worse', kind: 'target-missed', text });
  }
  if (then.meetsTarget === false && now.meetsTarget === true) {
    const text = `the target of ${limit(targets.now ?? Number.NaN)} is met: ${times}`;
    remarks.push({ grade: 'better', kind: 'target-met', text });
  }
  if (then.medianMs === null) return remarks;
  const verdict = judgeMeasured(then, now);
  // A query that was stopped in the baseline finishes now, whatever its limit was.
  if ((verdict.kind !== 'slower' && verdict.kind !== 'faster') || verdict.atLeast) return remarks;
  const { kind } = verdict;
  remarks.push({
    grade: kind === 'slower' ? 'slower' : 'better',
    kind,
    text: `${changeText(kind, then.medianMs, now.medianMs)}: ${times}`,
  });
  return remarks;
}

/**
 * Remarks on one side of a query.
 * @param targets undefined: run times do not matter, as for the baseline next to a change.
 */
export function remarksOnSide(
  then: ComparableSide,
  now: ComparableSide,
  targets: Targets | undefined,
): readonly Remark[] {
  if (now.failure !== null) {
    return then.failure === null
      ? [{ grade: 'worse', kind: 'failed', text: `it fails: ${now.failure}` }]
      : [{ grade: 'noted', kind: 'still-failing', text: `it fails, as in the baseline: ${now.failure}` }];
  }
  if (then.failure !== null)
    return [{ grade: 'better', kind: 'works', text: `it no longer fails (${then.failure})` }];
  if (then.fingerprint === null || now.fingerprint === null) {
    const where =
      then.fingerprint === null ? 'the baseline has no plan for it' : (now.unknown ?? 'it was not planned');
    return [{ grade: 'noted', kind: 'not-planned', text: `not compared: ${where}` }];
  }
  const scans = scanRemarks(then, now);
  const times = targets === undefined ? [] : timeRemarks(then, now, targets);
  const remarks = [...scans, ...times, ...spillRemarks(then, now)];
  if (then.rewrite !== now.rewrite) {
    const name = (rewrite: string | null) =>
      rewrite === null ? 'the query itself' : `its rewrite @${rewrite}`;
    const text = `${name(now.rewrite)} is planned; it was ${name(then.rewrite)}`;
    remarks.push({ grade: 'noted', kind: 'rewrite-changed', text });
  }
  if (then.fingerprint !== now.fingerprint && scans.length === 0)
    remarks.push({ grade: 'noted', kind: 'plan-changed', text: planChanged(then, now) });
  return remarks;
}

/** Remarks on whether its rewrites return the same rows; for both sides together. */
export function remarksOnAnswers(then: ComparableQuery, now: ComparableQuery): readonly Remark[] {
  const before = new Map(then.answers.map(({ rewrite, verdict }) => [rewrite, verdict]));
  return now.answers.flatMap(({ rewrite, verdict }): Remark[] => {
    const was = before.get(rewrite);
    if (verdict === 'different' && was !== 'different') {
      const text = `rewrite @${rewrite} returns something else than the query (${was ?? 'not compared'} in the baseline)`;
      return [{ grade: 'worse', kind: 'answer-different', text }];
    }
    if (was !== 'different' || verdict === 'different' || verdict === 'not compared') return [];
    return [{ grade: 'better', kind: 'answer-same', text: `rewrite @${rewrite} returns the same again` }];
  });
}

function scanRemarks(then: ComparableSide, now: ComparableSide): Remark[] {
  const said = (prefix: string, from: string, to: string) => `${prefix}: ${from} → ${to}`;
  return [
    ...becameSequential(then.plan, now.plan).map(
      ({ relation, from, to }): Remark => ({
        grade: 'worse',
        kind: 'index-to-sequential',
        text: said(`${relation} was read through an index, and is read sequentially now`, from, to),
      }),
    ),
    ...becameSequential(now.plan, then.plan).map(
      ({ relation, from, to }): Remark => ({
        grade: 'better',
        kind: 'sequential-to-index',
        text: said(`${relation} was read sequentially, and is read through an index now`, to, from),
      }),
    ),
  ];
}

function spillRemarks(then: ComparableSide, now: ComparableSide): Remark[] {
  const before = then.plan[0]?.buffers?.tempWritten;
  const after = now.plan[0]?.buffers?.tempWritten;
  // A run that was stopped has no final amount.
  if (before === undefined || after === undefined || before > 0 === after > 0) return [];
  if (after === 0)
    return [{ grade: 'better', kind: 'no-temporary-files', text: 'it no longer writes temporary files' }];
  const why = now.findings.filter(({ rule }) => rule === 'spill').map(({ text }) => text);
  const text = `${formatBlocks(after)} of temporary files written, none in the baseline${why.length === 0 ? '' : `: ${why.join('; ')}`}`;
  return [{ grade: 'worse', kind: 'temporary-files', text }];
}

/** The first different line explains most. */
function planChanged(then: ComparableSide, now: ComparableSide): string {
  const labels = (side: ComparableSide) => side.plan.map(({ depth, label }) => ({ depth, label }));
  const before = labels(then);
  const after = labels(now);
  const first = Array.from({ length: Math.max(before.length, after.length) }).findIndex(
    (_, i) => before[i]?.label !== after[i]?.label || before[i]?.depth !== after[i]?.depth,
  );
  if (first === -1) return 'another plan: the same steps, with other conditions';
  return `another plan: ${before[first]?.label ?? 'nothing'} → ${after[first]?.label ?? 'nothing'}`;
}
