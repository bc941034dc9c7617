/** How many times the rows production has of each table. Pure. */
import {
  type Hidden,
  type LensColumn,
  type LensDocument,
  type LensTable,
  plainName,
} from '../lens/document.ts';
import { shownThere, totalRows, withTotals } from '../lens/occupancy.ts';
import { type ColumnName, type Ties, tiesOf } from '../lens/ties.ts';
import { analyzedDistinct, commonFrequencies, type Growing, type Seen } from './analyzed.ts';

const own = (record: Readonly<Record<string, number>>, key: string): number | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/**
 * Production's rows over the rows here, by `schema.name`. A partition grows like its table, a table like its partitions together.
 * A view that `rows` does not count is missing.
 */
function tableFactors(
  { tables }: LensDocument,
  rows: Readonly<Record<string, number>>,
): { readonly factors: Map<string, number>; readonly hidden: Hidden[] } {
  const factors = new Map<string, number>();
  const hidden: Hidden[] = [];
  const here = totalRows(tables);
  for (const table of tables) {
    const name = plainName(table);
    const wanted = own(rows, name) ?? own(rows, table.name);
    const counted = here.get(name) ?? 0;
    if (wanted !== undefined && counted > 0) factors.set(name, wanted / counted);
  }
  for (const table of tables) {
    const [parent] = table.parents;
    const name = plainName(table);
    const inherited = parent === undefined ? undefined : factors.get(plainName(parent));
    if (!factors.has(name) && inherited !== undefined) factors.set(name, inherited);
  }
  for (const table of tables) {
    const name = plainName(table);
    if (factors.has(name) || table.kind !== 'table') continue;
    factors.set(name, 1);
    if (table.rows > 0)
      hidden.push({ what: name, why: 'production_rows does not count it: taken as it is here' });
  }
  const then = totalRows(tables, table => table.rows * (factors.get(plainName(table)) ?? 1));
  for (const name of tables.filter(({ kind }) => kind === 'partitioned table').map(plainName)) {
    const counted = here.get(name) ?? 0;
    if (!factors.has(name) && counted > 0) factors.set(name, (then.get(name) ?? 0) / counted);
  }
  return { factors, hidden };
}

/** How many different values a column can have at all, by its type and its bounds. Pure. */

const DAY_MS = 86_400_000;
const DATE = /\d{4}-\d\d-\d\d/g;

/** undefined where nothing limits them. Dates lie between the least and the greatest in the statistics, which stay as they are. */
function valueLimit(
  column: Exclude<LensColumn, { readonly dropped: true }>,
  { types }: Pick<LensDocument, 'types'>,
): number | undefined {
  const { type, statistics, inheritedStatistics } = column;
  if (type === 'boolean') return 2;
  if (type === 'date') {
    const { histogram = '', mostCommon } = statistics ?? inheritedStatistics ?? {};
    const days = `${histogram} ${mostCommon?.values ?? ''}`.match(DATE)?.map(day => Date.parse(day)) ?? [];
    const [first = 0, last = 0] = [Math.min(...days), Math.max(...days)];
    return days.length < 2 ? undefined : (last - first) / DAY_MS + 1;
  }
  for (const own of types)
    if (own.kind === 'enum' && (type === own.name || type === `${own.schema}.${own.name}`))
      return own.labels.length;
  return undefined;
}

/**
 * How tables and views, and the distinct values of their columns, grow from a sample to production. A foreign key's values grow
 * like those of the table that it refers to, through as many tables as there are. Other columns grow as ANALYZE writes
 * them: a share of the rows grows with them, a count stays, unless a key needs more or two sizes show more. Pure,
 * once the grammar is loaded.
 */

export interface GrowthOptions {
  /** Rows per table in production, by the table's name or `schema.name`. */
  readonly rows: Readonly<Record<string, number>>;
  /** `table.column` → distinct values in production, where the workload states them; negative a share of the rows. */
  readonly distinct: Readonly<Record<string, number>>;
  /** The same database at another size: how its distinct values grew shows how they go on. */
  readonly other?: LensDocument | undefined;
  /** By `schema.table.column`, what draws of the sample saw (analyzed.ts). */
  readonly seen?: ReadonlyMap<string, Seen> | undefined;
}

export interface Growth {
  /** `schema.table.column` */
  readonly column: string;
  /** As pg_statistic.stadistinct, in production. */
  readonly distinct: number;
  /** Distinct values in production over those here. */
  readonly factor: number;
  /** Frequencies of the most common values there, where draws of the sample show them. */
  readonly common?: readonly number[];
  /** Why the program expects it to grow, as a clause. */
  readonly why: string;
  /** The workload states how many there are. */
  readonly said: boolean;
}

export interface Grown {
  /** Tables and views, by `schema.name`, with production's rows over those here. */
  readonly factors: ReadonlyMap<string, number>;
  readonly growths: readonly Growth[];
  readonly hidden: readonly Hidden[];
}

type Column = Exclude<LensColumn, { readonly dropped: true }>;

/** Distinct values of a column, here and in production. */
interface Domain {
  readonly here: number;
  readonly there: number;
  /** No more than so many, in production. */
  readonly most: number;
  readonly why: string;
  readonly said?: number;
}

/** Between two sizes, a slope below this is the sample's noise, and one above 1 minus it is growth in step. */
const NOISE = 0.1;
/** Two sizes closer than this show no slope. */
const LEAST_APART = 1.5;

export function growthOf(document: LensDocument, options: GrowthOptions): Grown {
  const model = new Model(document, options);
  const hidden = model.sizeViews();
  const growths = model.tables.flatMap(table =>
    table.columns.flatMap(column => {
      const growth = column.dropped === true ? undefined : model.growth(table, column);
      return growth === undefined ? [] : [growth];
    }),
  );
  return { factors: model.factors, growths, hidden };
}

/** Columns whose distinct values production's ANALYZE is imitated for: the workload does not state them. */
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

class Model {
  readonly tables: readonly LensTable[];
  readonly factors: Map<string, number>;
  private readonly byName: ReadonlyMap<string, LensTable>;
  private readonly others: ReadonlyMap<string, LensTable>;
  private readonly ties: ReadonlyMap<string, Ties>;
  private readonly hidden: Hidden[];
  private readonly domains = new Map<string, Domain | undefined>();

  constructor(
    private readonly document: LensDocument,
    private readonly options: GrowthOptions,
  ) {
    this.tables = withTotals(document.tables);
    this.byName = new Map(this.tables.map(table => [plainName(table), table]));
    this.others = new Map(
      withTotals(options.other?.tables ?? []).flatMap(table => [
        [table.name, table] as const,
        [plainName(table), table] as const,
      ]),
    );
    this.ties = tiesOf(document);
    const { factors, hidden } = tableFactors(document, options.rows);
    this.factors = factors;
    this.hidden = hidden;
  }

  /** Views that production_rows does not count. @returns What was taken for granted of tables and views. */
  sizeViews(): readonly Hidden[] {
    for (const view of this.tables.filter(({ kind }) => kind === 'materialized view')) {
      const name = plainName(view);
      if (this.factors.has(name)) continue;
      const { factor, why } = this.viewFactor(view);
      this.factors.set(name, factor);
      if (view.rows > 0)
        this.hidden.push({ what: name, why: `production_rows does not count it: taken to grow ${why}` });
    }
    return this.hidden;
  }

  private viewFactor(view: LensTable): { readonly factor: number; readonly why: string } {
    const source = this.ties.get(plainName(view))?.view;
    const read = (source?.tables ?? []).flatMap(name => this.byName.get(name) ?? []);
    const candidates =
      read.length > 0 ? read : this.tables.filter(table => this.factors.has(plainName(table)));
    const [most] = [...candidates].sort((a, b) => this.factor(b) - this.factor(a) || b.rows - a.rows);
    if (most === undefined || view.rows <= 0) return { factor: 1, why: 'not at all' };
    const there = this.groupsOf(view, most);
    const slope = this.slope(most, view.rows, this.other(view)?.rows);
    if (slope !== undefined)
      return {
        factor: Math.min(this.factor(most) ** slope, (there ?? Number.POSITIVE_INFINITY) / view.rows),
        why: 'as it grew between two sizes of this database',
      };
    return there === undefined
      ? { factor: this.factor(most), why: `like ${plainName(most)}` }
      : { factor: there / view.rows, why: 'like the groups that its keys allow' };
  }

  /** Groups of a view in production: no more than the values of its keys allow. */
  private groupsOf(view: LensTable, most: LensTable): number | undefined {
    const { groups, columns } = this.ties.get(plainName(view))?.view ?? {};
    if (groups === undefined) return undefined;
    const left = new Set(groups);
    const sources = [...this.combined(groups, columns ?? new Map(), left)];
    for (const name of left) {
      const origin = columns?.get(name);
      const of = columnOf(view, name);
      const known = origin === undefined ? undefined : this.domain(origin.table, origin.column);
      const values = known ?? (of === undefined ? undefined : constant(valuesIn(view, of)));
      if (values === undefined) return undefined;
      sources.push(values);
    }
    const here = sources.reduce((all, one) => all * one.here, 1);
    const there = sources.reduce((all, one) => all * one.there, 1);
    const sample = { rows: Math.max(most.rows, view.rows), distinct: view.rows };
    return shownThere(sample, { here: Math.max(here, view.rows), there }, sample.rows * this.factor(most));
  }

  /** Columns that together are a key of the table that they refer to, or come from: as many combinations as it has rows. Taken from `left`. */
  private *combined(
    groups: readonly string[],
    columns: ReadonlyMap<string, ColumnName>,
    left: Set<string>,
  ): Generator<Domain> {
    const tables = new Set(groups.flatMap(name => columns.get(name)?.table ?? []));
    for (const table of tables) {
      const own = new Map(
        groups.flatMap(name => {
          const origin = columns.get(name);
          return origin?.table === table ? [[origin.column, name] as const] : [];
        }),
      );
      const { foreignKeys = [], unique = [] } = this.ties.get(table) ?? {};
      const keys = [
        ...unique.map(key => ({ columns: key, of: table, rest: [...own.values()] })),
        ...foreignKeys.map(key => ({ columns: key.columns, of: key.table, rest: [] })),
      ];
      for (const key of keys) {
        const names = key.columns.flatMap(column => own.get(column) ?? []);
        const rows = this.rowsOf(key.of);
        if (rows === undefined || names.length < key.columns.length || !names.every(name => left.has(name)))
          continue;
        // What else comes from a table adds nothing to its key.
        for (const name of [...names, ...key.rest]) left.delete(name);
        yield rows;
      }
    }
  }

  /** The same table at another size. What a session has built is in a schema of its own there. */
  private other(table: LensTable): LensTable | undefined {
    return (
      this.others.get(plainName(table)) ?? (table.kind === 'table' ? undefined : this.others.get(table.name))
    );
  }

  private factor(table: LensTable): number {
    return this.factors.get(plainName(table)) ?? 1;
  }

  /** d ln(values) / d ln(rows) between two sizes, from 0 (none are added) to 1 (in step); undefined where two sizes do not show it. */
  private slope(rows: LensTable, values: number, before: number | undefined): number | undefined {
    const growth = Math.log(rows.rows / (this.other(rows)?.rows ?? 0));
    if (before === undefined || before <= 0 || values <= 0) return undefined;
    if (!Number.isFinite(growth) || Math.abs(growth) < Math.log(LEAST_APART)) return undefined;
    const slope = Math.log(values / before) / growth;
    if (slope < NOISE) return 0;
    return slope > 1 - NOISE ? 1 : slope;
  }

  /** undefined where nothing is known of the column, or no table with that name is there. */
  private domain(tableName: string, name: string): Domain | undefined {
    const key = JSON.stringify([tableName, name]);
    if (this.domains.has(key)) return this.domains.get(key);
    const table = this.byName.get(tableName);
    const column = table === undefined ? undefined : columnOf(table, name);
    if (table === undefined || column === undefined) return undefined;
    // What leads back here finds it growing in step: a table that refers to itself.
    this.domains.set(key, this.rowsOf(tableName));
    const domain = this.needed(table, column, this.freely(table, column));
    this.domains.set(key, domain);
    return domain;
  }

  /** Without regard to what keys need. */
  private freely(table: LensTable, column: Column): Domain | undefined {
    const rowsHere = Math.max(0, table.rows);
    const rows = rowsHere * this.factor(table);
    if (this.isUnique(table, [column.name]))
      return { here: rowsHere, there: rows, most: rows, why: 'unique' };
    const here = valuesIn(table, column);
    const stated = this.stated(table, column, rows);
    if (stated !== undefined)
      return {
        here: here ?? rowsHere,
        there: stated.values,
        most: stated.values,
        why: 'the workload says so',
        said: stated.said,
      };
    const statistics = column.statistics ?? column.inheritedStatistics;
    if (here === undefined || statistics === undefined) return undefined;
    const filled = rows * (1 - statistics.nullFraction);
    const shown = { rows: rowsHere * (1 - statistics.nullFraction), distinct: here };
    const [bound] = this.sources(table, column)
      .map(({ source, why }) => ({
        there: shownThere(shown, source, filled),
        most: Math.min(filled, source.most),
        why,
      }))
      .sort((a, b) => a.there - b.there);
    if (bound !== undefined) return { here, ...bound };
    const before = this.other(table);
    const twin = before === undefined ? undefined : columnOf(before, column.name);
    const slope = this.slope(table, here, twin && before && valuesIn(before, twin));
    const most = Math.min(Math.max(1, filled), valueLimit(column, this.document) ?? Number.POSITIVE_INFINITY);
    const grown = (power: number) => Math.max(here, Math.min(most, here * this.factor(table) ** power));
    if (slope !== undefined && statistics.distinct !== -1)
      return { here, there: grown(slope), most, why: 'so it grew between two sizes of this database' };
    return statistics.distinct < 0
      ? { here, there: grown(1), most, why: 'a share of the rows' }
      : { here, there: here, most, why: '' };
  }

  /** What a column takes its values from: the columns that it refers to, or is. */
  private sources(table: LensTable, { name }: Column): readonly { source: Domain; why: string }[] {
    const { foreignKeys = [], view } = this.ties.get(plainName(table)) ?? {};
    const referred = foreignKeys.flatMap(({ columns, table: target, targets }) => {
      const column = targets[columns.indexOf(name)];
      const isItself = target === plainName(table) && column === name;
      const source =
        column === undefined || isItself ? undefined : (this.domain(target, column) ?? this.rowsOf(target));
      return source === undefined ? [] : [{ source, why: `a foreign key to ${target}` }];
    });
    const origin = view?.columns.get(name);
    const source = origin && this.domain(origin.table, origin.column);
    return source === undefined || origin === undefined
      ? referred
      : [...referred, { source, why: `from ${origin.table}.${origin.column}` }];
  }

  /** What is referred to is unique, though its column is not known. */
  private rowsOf(name: string): Domain | undefined {
    const table = this.byName.get(name);
    if (table === undefined || table.rows <= 0) return undefined;
    const rows = table.rows * this.factor(table);
    return { here: table.rows, there: rows, most: rows, why: '' };
  }

  /** A key of several columns needs as many combinations as the table has rows: the first of them that is free has more values. */
  private needed(table: LensTable, column: Column, own: Domain | undefined): Domain | undefined {
    if (own === undefined || own.said !== undefined) return own;
    let there = own.there;
    const rows = Math.max(0, table.rows) * this.factor(table);
    const isFree = (name: string) => {
      const of = columnOf(table, name);
      return of !== undefined && this.sources(table, of).length === 0;
    };
    for (const key of this.ties.get(plainName(table))?.unique ?? []) {
      if (key.length < 2 || key.find(isFree) !== column.name) continue;
      const rest = key.filter(name => name !== column.name);
      const values = rest.map(name => {
        const of = columnOf(table, name);
        return of === undefined ? undefined : this.freely(table, of)?.there;
      });
      if (values.some(value => value === undefined)) continue;
      there = Math.max(
        there,
        Math.min(rows, rows / values.reduce<number>((all, one) => all * (one ?? 1), 1)),
      );
    }
    return there > own.there ? { ...own, there, why: 'a key has as many combinations as rows' } : own;
  }

  private isUnique(table: LensTable, columns: readonly string[]): boolean {
    const { unique = [] } = this.ties.get(plainName(table)) ?? {};
    return unique.some(key => key.every(name => columns.includes(name)));
  }

  private stated(table: LensTable, { name }: Column, rows: number) {
    const key = `${table.name}.${name}`;
    const { distinct } = this.options;
    const said = Object.hasOwn(distinct, key) ? distinct[key] : undefined;
    return said === undefined ? undefined : { said, values: said < 0 ? -said * rows : said };
  }

  growth(table: LensTable, column: Column): Growth | undefined {
    const statistics = column.statistics ?? column.inheritedStatistics;
    const rows = Math.max(1, table.rows * this.factor(table));
    const isAsHere = this.factor(table) === 1 && this.stated(table, column, rows) === undefined;
    if (statistics === undefined || isAsHere) return undefined;
    const path = `${plainName(table)}.${column.name}`;
    const domain = this.domain(plainName(table), column.name);
    if (domain === undefined) return undefined;
    const { here, there, most, why, said } = domain;
    const factor = here > 0 ? Math.max(1, there / here) : 1;
    if (said !== undefined) return { column: path, distinct: said, factor, why, said: true };
    if (this.isUnique(table, [column.name])) return undefined;
    const { distinct } = statistics;
    const asWritten = distinct < 0 ? -distinct * rows : distinct;
    if (factor <= 1 && near(asWritten, there)) return undefined;
    const seen = this.options.seen?.get(path);
    const grown = (value: number): Growth => ({ column: path, distinct: value, factor, why, said: false });
    if (seen !== undefined && factor > 1) {
      const { nullFraction } = statistics;
      const analyzed = Math.min(most, analyzedDistinct(seen, factor, rows * (1 - nullFraction)));
      const common = commonFrequencies(seen, factor, { distinct: analyzed, rows, nullFraction });
      return { ...grown(asShare(analyzed, rows)), common };
    }
    // In step with the rows: a share of them stays the same share.
    return grown(distinct < 0 && near(asWritten, there) ? distinct : asShare(there, rows));
  }
}

const near = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-6 * Math.max(one, other, 1);

const constant = (values: number | undefined): Domain | undefined =>
  values === undefined ? undefined : { here: values, there: values, most: values, why: '' };

/** As ANALYZE writes it: from a tenth of the rows on as a share of them. */
const asShare = (values: number, rows: number): number =>
  values > rows / 10 ? -Math.min(1, values / rows) : Math.round(values);

const columnOf = ({ columns }: LensTable, name: string): Column | undefined =>
  columns.find((column): column is Column => column.dropped !== true && column.name === name);

function valuesIn(table: LensTable, column: Column): number | undefined {
  const distinct = (column.statistics ?? column.inheritedStatistics)?.distinct;
  if (distinct === undefined || distinct === 0 || table.rows <= 0) return undefined;
  return distinct < 0 ? -distinct * table.rows : distinct;
}
