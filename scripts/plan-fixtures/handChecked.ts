/** Fixtures of PostgreSQL 15 whose figures tests have checked by hand: never made again. */

/** `<case>.estimated.json` and `<case>.analyzed.json`; their .txt are of a later run, with the same nodes. */
export const HAND_CHECKED: readonly string[] = [
  'append-pruned',
  'bitmap-and',
  'bitmap-lossy',
  'bitmap-or',
  'cte-twice',
  'function-and-values',
  'hash-aggregate-on-disk',
  'hash-join-batches',
  'hashed-sub-plan',
  'incremental-sort',
  'index-only-scan',
  'index-scan-backward',
  'init-plan',
  'init-plan-above-gather',
  'init-plan-in-target-list',
  'lateral-limit',
  'merge-join',
  'nested-loop-memoize',
  'never-executed',
  'parallel',
  'parallel-hash-join',
  'parallel-verbose',
  'recursive-cte',
  'seq-scan',
  'set-operation',
  'sort-on-disk',
  'sub-plan',
  'timing-off',
  'window-agg',
];

/** `<pair>.before.json` and `<pair>.after.json`: one query planned in two ways. */
export const HAND_CHECKED_PAIRS: readonly string[] = [
  'gather-appears',
  'index-instead-of-sequential',
  'joins-reordered',
  'nested-loop-instead-of-hash',
  'sort-gone',
  'view-instead-of-tables',
];

/** The major they are of. */
export const HAND_CHECKED_MAJOR = 15;

/** Whether the script has to leave this file alone. */
export function isHandChecked(major: number, file: string): boolean {
  if (major !== HAND_CHECKED_MAJOR) return false;
  const [name = '', kind = '', type] = file.split('.');
  if (type !== 'json') return false;
  return kind === 'before' || kind === 'after'
    ? HAND_CHECKED_PAIRS.includes(name)
    : HAND_CHECKED.includes(name);
}
