/** Foreign keys and idle indexes → files of schema/proposals. */
import { identifier } from '../base/sql.ts';
import { formatBytes, formatCount, sanitize } from '../format/index.ts';
import type { ForeignKey } from './foreignKeys.ts';
import type { IdleIndex } from './idleIndexes.ts';

const qualified = (schema: string, name: string, visible: boolean): string =>
  visible ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;

/** @param name The index's: a safe one. */
export function foreignKeyFile(key: ForeignKey, name: string): string {
  const columns = key.columns.map(identifier).join(', ');
  return [
    `-- title: ${sanitize(`Index for the foreign key of ${key.table} to ${key.references}`)}`,
    '--',
    `-- ${sanitize(`${key.constraint} has no index on its own columns: deleting from ${key.references}, or joining from there,`)}`,
    `-- ${sanitize(`reads all of ${key.table}: ${key.rows === 0 ? 'never analyzed' : `${formatCount(key.rows)} rows, ${formatBytes(key.bytes)}`}.`)}`,
    '',
    `CREATE INDEX ${identifier(name)} ON ${qualified(key.schema, key.table, key.visible)} (${columns});`,
    '',
  ].join('\n');
}

export function dropFile(index: IdleIndex): string {
  return [
    `-- title: ${sanitize(`Drop ${index.name}`)}`,
    `-- todo: ${sanitize(`on ${index.table}, ${formatBytes(index.bytes)}: ${reasonOf(index)}`)}`,
    '',
    `DROP INDEX ${qualified(index.schema, index.name, index.visible)};`,
    '',
  ].join('\n');
}

export function reasonOf({ why, sameAs }: IdleIndex): string {
  switch (why) {
    case 'invalid':
      return 'invalid: a CREATE INDEX CONCURRENTLY failed; written, never read';
    case 'duplicate':
      return `the same as ${sameAs}`;
    case 'unused':
      return 'never read since the statistics were reset (a standby counts its own)';
  }
}
