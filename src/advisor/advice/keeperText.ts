import { formatBytes, formatCount, sanitize } from '../../base/format.ts';
import type { KeeperModel } from './models.ts';

/** What is lost with the last index; no full stop. */
export function keeperText({ kind, name, table, columns, indexes, foreignKey }: KeeperModel): string {
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
    `no index serves the foreign key ${name} on ${on} any more. Each DELETE of a row of ${parent}, and each UPDATE of its key, then reads all of ${table}: ${formatCount(rows)} rows, ${formatBytes(bytes)}${cost}. ON DELETE is ${onDelete}`,
  );
}
