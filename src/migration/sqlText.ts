/** SQL text for psql: names, comments, statements. */
import { sanitize } from '../base/format.ts';
import { forPsql } from '../workload/parameters.ts';
import { ONCE_PER_FILE, type SqlStep } from './plannedStep.ts';

/** NAMEDATALEN − 1, bytes: PostgreSQL cuts longer identifiers. */
const NAME_BYTES = 63;

/** The name as PostgreSQL cuts it. */
export const serverName = (name: string): string => cut(name, NAME_BYTES);

function cut(name: string, bytes: number): string {
  const characters = [...name];
  while (Buffer.byteLength(characters.join('')) > bytes) characters.pop();
  return characters.join('');
}

/** Unique names for the indexes of partitions. */
export class PartitionNames {
  private readonly given = new Set<string>();

  /** `orders_2024_by_date`: partition, then index. */
  of(schema: string, partition: string, index: string): string {
    for (let n = 1; ; n++) {
      const suffix = n === 1 ? '' : `_${n}`;
      const name = cut(`${partition}_${index}`, NAME_BYTES - suffix.length) + suffix;
      const key = `${schema}\0${name}`;
      if (this.given.has(key)) continue;
      this.given.add(key);
      return name;
    }
  }
}

/** For locks that others would queue behind. */
export const LOCK_TIMEOUT = '5s';

/** Sanitized: no line of a name or title may end the comment. */
export const comment = (lines: readonly string[]): string =>
  lines.map(line => `-- ${sanitize(line)}`.trimEnd()).join('\n');

/** @param path search_path as an SQL expression. */
export const preamble = (path: string): readonly string[] => [
  '\\set ON_ERROR_STOP on',
  `SET client_encoding = 'UTF8';`,
  `${comment(['A timeout in the middle of a build would leave an invalid index.'])}\nSET statement_timeout = 0;`,
  `${comment([
    'Unqualified names resolve as they did when this was measured.',
  ])}\nSELECT pg_catalog.set_config('search_path', ${path}, false);`,
];

/** Sets lock_timeout wherever it changes. */
export async function statements(steps: readonly SqlStep[]): Promise<readonly string[]> {
  const blocks: string[] = [];
  const said = new Set<string>();
  let waits: SqlStep['waits'] | undefined;
  for (const step of steps) {
    if (step.waits !== waits) {
      waits = step.waits;
      blocks.push(`SET lock_timeout = ${waits === 'briefly' ? `'${LOCK_TIMEOUT}'` : '0'};`);
    }
    const sql = `${await forPsql(step.sql)};`;
    const lines = step.comment.filter(line => !said.has(line));
    for (const line of lines) if (ONCE_PER_FILE.has(line)) said.add(line);
    blocks.push(lines.length === 0 ? sql : `${comment(lines)}\n${sql}`);
  }
  return blocks;
}

/** @param kind Part of the tag. The tag grows until the body does not contain it. */
export function anonymousBlock(kind: string, body: string): string {
  let tag = `$${kind}$`;
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `DO ${tag}\n${body}\n${tag};`;
}
