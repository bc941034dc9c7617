/**
 * Which columns get more distinct values when their table grows. A number that ANALYZE writes as a share of the rows grows by
 * itself; one that it writes as a count stays, unless the column is a key or follows one, or two sizes of the same
 * database say otherwise, or the workload does. Pure.
 */
import { analyzedDistinct, type Growing, type Seen } from './analyzed.ts';
import type { LensColumn, LensDocument, LensTable } from './document.ts';
import { plainName } from './named.ts';
import { withTotals } from './totalRows.ts';

export interface Growth {
  /** `schema.table.column` */
  readonly column: string;
  /** As pg_statistic.stadistinct, in production. */
  readonly distinct: number;
  /** Distinct values in production over those here. */
  readonly factor: number;
  /** Why it is thought to grow, as a clause. */
  readonly why: string;
  /** The workload says how many there are. */
  readonly said: boolean;
}

interface Known {
  readonly distinct: Readonly<Record<string, number>>;
  readonly other?: LensDocument | undefined;
  /** By `schema.table.column`, what draws of the sample saw (analyzed.ts). */
  readonly seen?: ReadonlyMap<string, Seen> | undefined;
}

type Column = Exclude<LensColumn, { readonly dropped: true }>;

/** Between two sizes, a slope below this is the sample's noise, and one above 1 minus it is growth in step. */
const NOISE = 0.1;

/** @param factors Of the tables, by `schema.name`. */
export function growthOf(
  document: LensDocument,
  factors: ReadonlyMap<string, number>,
  known: Known,
): readonly Growth[] {
  const { other } = known;
  const counted = { ...known, other: other && { ...other, tables: withTotals(other.tables) } };
  return withTotals(document.tables).flatMap(table => {
    const references = referencesOf(table);
    return table.columns.flatMap((column): Growth[] => {
      const growth =
        column.dropped === true ? undefined : growthIn(factors, counted, { table, column, references });
      return growth === undefined ? [] : [growth];
    });
  });
}

/** Those of them that ANALYZE's own look at production is worth imitating for: nobody has said how many values they have. */
export function growingOf(document: LensDocument, growths: readonly Growth[]): readonly Growing[] {
  const factors = new Map(growths.map(growth => [growth.column, growth]));
  return document.tables.flatMap(table =>
    table.columns.flatMap((column): Growing[] => {
      if (column.dropped === true) return [];
      const growth = factors.get(`${plainName(table)}.${column.name}`);
      return growth === undefined || growth.said
        ? []
        : [{ table, column: column.name, factor: growth.factor }];
    }),
  );
}

interface Place {
  readonly table: LensTable;
  readonly column: Column;
  readonly references: ReadonlyMap<string, string>;
}

function growthIn(
  factors: ReadonlyMap<string, number>,
  known: Known,
  { table, column, references }: Place,
): Growth | undefined {
  const statistics = column.statistics ?? column.inheritedStatistics;
  const rowsFactor = factors.get(plainName(table)) ?? 1;
  const rows = Math.max(1, table.rows * rowsFactor);
  const path = `${plainName(table)}.${column.name}`;
  if (statistics === undefined) return undefined;
  const here = statistics.distinct;
  const values = here < 0 ? -here * Math.max(0, table.rows) : here;
  const key = `${table.name}.${column.name}`;
  const said = Object.hasOwn(known.distinct, key) ? known.distinct[key] : undefined;
  if (said !== undefined) {
    const then = said < 0 ? -said * rows : said;
    const factor = values > 0 ? Math.max(1, then / values) : 1;
    return { column: path, distinct: said, factor, why: 'the workload says so', said: true };
  }
  // What is unique stays so.
  if (here === 0 || here === -1 || rowsFactor === 1) return undefined;
  const referenced = references.get(column.name);
  const target = referenced === undefined ? undefined : factors.get(referenced);
  const slope = slopeOf(known.other, table, column);
  const [factor, why] =
    target !== undefined
      ? [target, `a foreign key to ${referenced}`]
      : slope !== undefined
        ? [rowsFactor ** slope, 'so it grew between two sizes of this database']
        : here < 0
          ? [rowsFactor, 'a share of the rows']
          : [1, ''];
  if (factor <= 1) return undefined;
  const seen = known.seen?.get(path);
  if (seen !== undefined) {
    const distinct = analyzedDistinct(seen, factor, rows * (1 - statistics.nullFraction));
    return { column: path, distinct: asShare(distinct, rows), factor, why, said: false };
  }
  // In step with the rows: what is written as a share of them is the same share.
  if (here < 0 && factor === rowsFactor) return { column: path, distinct: here, factor, why, said: false };
  const distinct = here < 0 ? asShare(values * factor, rows) : Math.min(rows, here * factor);
  return { column: path, distinct, factor, why, said: false };
}

/** As ANALYZE writes it: from a tenth of the rows on as a share of them. */
const asShare = (values: number, rows: number): number =>
  values > rows / 10 ? -Math.min(1, values / rows) : Math.round(values);

/** Column → the table that it is a foreign key to; of those of one column only. */
function referencesOf(table: LensTable): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const pattern =
    /^FOREIGN KEY \(((?:"(?:[^"]|"")*"|[^",])+)\) REFERENCES (?:ONLY )?((?:"(?:[^"]|"")*"|[^"(\s])+)\s*\(/;
  for (const { kind, definition } of table.constraints) {
    if (kind !== 'foreign key') continue;
    const [, column, target] = pattern.exec(definition) ?? [];
    if (column === undefined || target === undefined) continue;
    const parts = [...target.matchAll(/"((?:[^"]|"")*)"|([^".]+)/g)].map(([, quoted, bare]) =>
      quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'),
    );
    found.set(unquoted(column), parts.length === 1 ? `public.${parts[0]}` : parts.join('.'));
  }
  return found;
}

const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;

/** d ln(distinct) / d ln(rows) between two sizes, from 0 (none are added) to 1 (in step); undefined where it cannot be told. */
function slopeOf(other: LensDocument | undefined, table: LensTable, column: Column): number | undefined {
  const there = other?.tables.find(candidate => plainName(candidate) === plainName(table));
  const twin = there?.columns.find(
    (candidate): candidate is Column => candidate.dropped !== true && candidate.name === column.name,
  );
  const before = valuesOf(there, twin);
  const after = valuesOf(table, column);
  if (there === undefined || before === undefined || after === undefined) return undefined;
  const growth = Math.log(table.rows / there.rows);
  if (!Number.isFinite(growth) || Math.abs(growth) < Math.log(1.5)) return undefined;
  const slope = Math.log(after / before) / growth;
  if (slope < NOISE) return 0;
  return slope > 1 - NOISE ? 1 : slope;
}

function valuesOf(table: LensTable | undefined, column: Column | undefined): number | undefined {
  const distinct = (column?.statistics ?? column?.inheritedStatistics)?.distinct;
  if (table === undefined || distinct === undefined || distinct === 0 || table.rows <= 0) return undefined;
  return distinct < 0 ? -distinct * table.rows : distinct;
}
