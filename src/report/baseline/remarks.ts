/** What there is to say of one query's plan then and now. The rules of `check --baseline`; docs/ci.md states them. Pure. */
import { formatBlocks } from '../../format/index.ts';
import type { Remark } from './remark.ts';
import { becameSequential } from './scans.ts';
import { type Targets, timeRemarks } from './times.ts';
import type { ComparableQuery, ComparableSide } from './types.ts';

/**
 * One side of a query, then and now.
 * @param targets undefined where run times do not matter: for the database as it is, beside what would be shipped.
 */
export function remarksOnSide(
  then: ComparableSide,
  now: ComparableSide,
  targets: Targets | undefined,
): readonly Remark[] {
  if (now.failure !== null) {
    return then.failure === null
      ? [{ grade: 'worse', kind: 'failed', text: `it fails: ${now.failure}` }]
      : [{ grade: 'told', kind: 'still-failing', text: `it fails, as in the baseline: ${now.failure}` }];
  }
  if (then.failure !== null)
    return [{ grade: 'better', kind: 'works', text: `it no longer fails (${then.failure})` }];
  if (then.fingerprint === null || now.fingerprint === null) {
    const where =
      then.fingerprint === null ? 'the baseline has no plan of it' : (now.unknown ?? 'it was not planned');
    return [{ grade: 'told', kind: 'not-planned', text: `not compared: ${where}` }];
  }
  const scans = scanRemarks(then, now);
  const times = targets === undefined ? [] : timeRemarks(then, now, targets);
  const remarks = [...scans, ...times, ...spillRemarks(then, now)];
  if (then.rewrite !== now.rewrite) {
    const name = (rewrite: string | null) =>
      rewrite === null ? 'the query itself' : `its rewrite @${rewrite}`;
    const text = `${name(now.rewrite)} is planned; it was ${name(then.rewrite)}`;
    remarks.push({ grade: 'told', kind: 'rewrite-changed', text });
  }
  if (then.fingerprint !== now.fingerprint && scans.length === 0)
    remarks.push({ grade: 'told', kind: 'plan-changed', text: planChanged(then, now) });
  return remarks;
}

/** What was found of its rewrites' answers; of both sides at once. */
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
  // How much a plan wrote that was not run to its end is unknown.
  if (before === undefined || after === undefined || before > 0 === after > 0) return [];
  if (after === 0)
    return [{ grade: 'better', kind: 'no-temporary-files', text: 'it no longer writes temporary files' }];
  const why = now.findings.filter(({ rule }) => rule === 'spill').map(({ text }) => text);
  const text = `${formatBlocks(after)} of temporary files written, none in the baseline${why.length === 0 ? '' : `: ${why.join('; ')}`}`;
  return [{ grade: 'worse', kind: 'temporary-files', text }];
}

/** The first line that differs tells most: what is above is the same. */
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
