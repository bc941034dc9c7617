/** Texts for the figures of an advice. */

import {
  formatBytes,
  formatCount,
  formatFactor,
  formatMs,
  formatProjected,
  formatRows,
  plural,
  sanitize,
} from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Advice } from './advice.ts';
import type { IndexNeedModel, PlanTimeModel, VerdictModel } from './models.ts';

/** `p = 0.008`; `p < 0.001` below a thousandth. */
export const pText = (p: number | null): string =>
  p === null ? '' : p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;

/** `> 30 s` for a stopped run, `≈ 3 s (1 s … 8 s)` for a projection, `not measured` for null. */
export function timeText(time: (Omit<PlanTimeModel, 'interval'> & Partial<PlanTimeModel>) | null): string {
  if (time === null) return 'not measured';
  const [low, high] = time.interval ?? [];
  if (low !== undefined && high !== undefined) return formatProjected({ low, point: time.ms, high });
  return `${time.atLeast ? '> ' : ''}${formatMs(time.ms)}`;
}

/** `2.1× slower`, `at least 5× faster`, or the kind of the verdict. */
export function verdictText({ kind, factor, atLeast, tooFew }: VerdictModel): string {
  if (tooFew) return 'too few runs';
  if ((kind !== 'faster' && kind !== 'slower') || factor === null) return kind;
  return `${atLeast ? 'at least ' : ''}${formatFactor(factor).text} ${kind}`;
}

/** As verdictText(), for production, which measures nothing. */
export const projectedVerdictText = (verdict: VerdictModel): string =>
  verdict.kind === 'not measured' ? 'not known' : verdictText(verdict);

/** The evidence of a verdict: `measured, 35 ms → 74 ms, p = 0.008`, or where one side was stopped. */
export function evidenceText({ kind, beforeMs, afterMs, p, projected, atLeast }: VerdictModel): string {
  if (beforeMs === null || afterMs === null) return '';
  if (projected) return `projected, ≈ ${formatMs(beforeMs)} → ≈ ${formatMs(afterMs)}`;
  if (p !== null) return `measured, ${formatMs(beforeMs)} → ${formatMs(afterMs)}, ${pText(p)}`;
  if (!atLeast) return `measured, ${formatMs(beforeMs)} → ${formatMs(afterMs)}, too far apart to need a test`;
  const [before, after] = [formatMs(beforeMs), formatMs(afterMs)];
  return kind === 'slower'
    ? `measured, ${before} → > ${after}: stopped there`
    : `measured, > ${before} → ${after}: stopped there`;
}

export function configurationText(advice: Advice, proposals: readonly string[]): string {
  if (proposals.length === 0) return 'baseline';
  const marks = new Map(advice.proposals.map(one => [one.id, factsOf(one).mark]));
  return proposals.map(id => sanitize(`${id}${marks.get(id) ?? ''}`)).join(', ');
}

/** A, B, …, Z, AA. */
export function letterOf(position: number): string {
  const letter = String.fromCharCode(65 + (position % 26));
  return position < 26 ? letter : letterOf(Math.floor(position / 26) - 1) + letter;
}

/** `A B D`, or `baseline`. */
export function lettersText(advice: Advice, proposals: readonly string[]): string {
  const letters = advice.proposals.flatMap(({ id }, at) => (proposals.includes(id) ? letterOf(at) : []));
  return letters.length === 0 ? 'baseline' : letters.join(' ');
}

export const queryTitle = (advice: Advice, id: string): string =>
  sanitize(advice.queries.find(query => query.id === id)?.title ?? id);

export const nothingBeats = (count: number): string =>
  `Nothing beats ${count === 1 ? 'this configuration' : `these ${plural(count, 'configuration')}`}`;

/** formatMs() takes no negative time. */
export const signedMs = (ms: number): string => (ms < 0 ? `−${formatMs(-ms)}` : formatMs(ms));

/** formatBytes() takes no negative size. */
export const bytesText = (bytes: number): string =>
  bytes < 0 ? `−${formatBytes(-bytes)}` : formatBytes(bytes);

/** What is lost with the last index; no full stop. */
export function indexNeedText({ kind, name, table, columns, indexes, foreignKey }: IndexNeedModel): string {
  const on = `${table} (${columns.join(', ')})`;
  if (kind === 'copies') return sanitize(`all identical indexes on ${on} are dropped: ${indexes.join(', ')}`);
  if (kind === 'unique' || foreignKey === null)
    return sanitize(`without the index ${name}, nothing keeps ${on} unique`);
  const { parent, onDelete, rows, bytes, lookup } = foreignKey;
  const cost =
    lookup === null
      ? ''
      : `; by the planner's estimate a search costs ${formatCount(lookup.without)}, ${formatCount(lookup.withIndex)} with the index (not run)`;
  return sanitize(
    `the foreign key ${name} on ${on} loses its last index. Each DELETE of a row of ${parent}, and each UPDATE of its key, then reads all of ${table}: ${formatRows(rows)}, ${formatBytes(bytes)}${cost}. ON DELETE is ${onDelete}`,
  );
}
