/**
 * How tables, views and the distinct values of columns grow from a sample to production. A foreign key's values grow
 * like the table it refers to. Other columns follow ANALYZE: a share of the rows grows with them, a count stays, unless
 * a key needs more values or a second size shows growth. Requires the grammar to be loaded.
 */
import {
  columnNamed,
  distinctValues,
  isLive,
  type LensDocument,
  type LensTable,
  type LiveColumn,
  type Omission,
  plainName,
  statisticsOf,
} from '../lens/document.ts';
import { distinctAfterGrowth, totalRows, withTotals } from '../lens/occupancy.ts';
import { type ColumnName, type Ties, tiesOf } from '../lens/ties.ts';
import { analyzedDistinct, commonFrequencies, type Growing, type Seen } from './analyzed.ts';

const own = (record: Readonly<Record<string, number>>, key: string): number | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/**
 * Production's rows divided by the rows here, by `schema.name`. A partition grows like its table, a partitioned table
 * like its partitions together. Views that `rows` does not list are missing.
 */
function tableFactors(
  { tables }: LensDocument,
  rows: Readonly<Record<string, number>>,
): { readonly factors: Map<string, number>; readonly hidden: Omission[] } {
  const factors = new Map<string, number>();
  const hidden: Omission[] = [];
  const sample = totalRows(tables);
  for (const table of tables) {
    const name = plainName(table);
    const wanted = own(rows, name) ?? own(rows, table.name);
    const counted = sample.get(name) ?? 0;
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
      hidden.push({
        what: name,
        why: 'production_rows does not list it: assumed to have the rows it has here',
      });
  }
  const then = totalRows(tables, table => table.rows * (factors.get(plainName(table)) ?? 1));
  for (const name of tables.filter(({ kind }) => kind === 'partitioned table').map(plainName)) {
    const counted = sample.get(name) ?? 0;
    if (!factors.has(name) && counted > 0) factors.set(name, (then.get(name) ?? 0) / counted);
  }
  return { factors, hidden };
}

// Limits on distinct values from types and bounds.

const DAY_MS = 86_400_000;
const DATE = /\d{4}-\d\d-\d\d/g;

/** undefined without a limit. Dates stay between the least and the greatest in the statistics. */
function valueLimit(column: LiveColumn, { types }: Pick<LensDocument, 'types'>): number | undefined {
  const { type } = column;
  if (type === 'boolean') return 2;
  if (type === 'date') {
    const { histogram = '', mostCommon } = statisticsOf(column) ?? {};
    const days = `${histogram} ${mostCommon?.values ?? ''}`.match(DATE)?.map(day => Date.parse(day)) ?? [];
    const [first = 0, last = 0] = [Math.min(...days), Math.max(...days)];
    return days.length < 2 ? undefined : (last - first) / DAY_MS + 1;
  }
  for (const own of types)
    if (own.kind === 'enum' && (type === own.name || type === `${own.schema}.${own.name}`))
      return own.labels.length;
  return undefined;
}

export interface GrowthOptions {
  /** Production's rows by table name or `schema.name`. */
  readonly rows: Readonly<Record<string, number>>;
  /** `table.column` → distinct values in production as the workload states them; negative for a share of the rows. */
  readonly distinct: Readonly<Record<string, number>>;
  /** The same database at another size, which shows how distinct values grow. */
  readonly other?: LensDocument | undefined;
  /** By `schema.table.column` (analyzed.ts). */
  readonly seen?: ReadonlyMap<string, Seen> | undefined;
}

export interface Growth {
  /** `schema.table.column` */
  readonly column: string;
  /** As pg_statistic.stadistinct, in production. */
  readonly distinct: number;
  /** Distinct values in production divided by those here. */
  readonly factor: number;
  /** Frequencies of the most common values in production, if draws show them. */
  readonly common?: readonly number[];
  /** Reason for the growth; a clause. */
  readonly why: string;
  /** The workload states the number. */
  readonly stated: boolean;
}

export interface Grown {
  /** Production's rows divided by the rows here, by `schema.name` of tables and views. */
  readonly factors: ReadonlyMap<string, number>;
  readonly growths: readonly Growth[];
  readonly hidden: readonly Omission[];
}

/** Distinct values of a column, here and in production. */
interface Domain {
  readonly sample: number;
  readonly production: number;
  /** Upper bound in production. */
  readonly most: number;
  readonly why: string;
  readonly stated?: number;
}

/** A slope below this is noise; one above 1 − this is growth in step. */
const NOISE = 0.1;
/** Least ratio of two sizes that shows a slope. */
const LEAST_APART = 1.5;

export function growthOf(document: LensDocument, options: GrowthOptions): Grown {
  const model = new Model(document, options);
  const hidden = model.sizeViews();
  const growths = model.tables.flatMap(table =>
    table.columns.filter(isLive).flatMap(column => model.growth(table, column) ?? []),
  );
  return { factors: model.factors, growths, hidden };
}

/** Columns to imitate production's ANALYZE for: the workload does not state their distinct values. */
export function growingOf(document: LensDocument, growths: readonly Growth[]): readonly Growing[] {
  const factors = new Map(growths.map(growth => [growth.column, growth]));
  return document.tables.flatMap(table =>
    table.columns.filter(isLive).flatMap(({ name: column }): Growing[] => {
      const growth = factors.get(`${plainName(table)}.${column}`);
      return growth === undefined || growth.stated ? [] : [{ table, column, factor: growth.factor }];
    }),
  );
}

class Model {
  readonly tables: readonly LensTable[];
  readonly factors: Map<string, number>;
  private readonly byName: ReadonlyMap<string, LensTable>;
  private readonly others: ReadonlyMap<string, LensTable>;
  private readonly ties: ReadonlyMap<string, Ties>;
  private readonly hidden: Omission[];
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

  /** Sizes the views that production_rows does not list. @returns Assumptions about tables and views. */
  sizeViews(): readonly Omission[] {
    for (const view of this.tables.filter(({ kind }) => kind === 'materialized view')) {
      const name = plainName(view);
      if (this.factors.has(name)) continue;
      const { factor, why } = this.viewFactor(view);
      this.factors.set(name, factor);
      if (view.rows > 0)
        this.hidden.push({ what: name, why: `production_rows does not list it: assumed to grow ${why}` });
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
    const production = this.groupsOf(view, most);
    const slope = this.slope(most, view.rows, this.other(view)?.rows);
    if (slope !== undefined)
      return {
        factor: Math.min(this.factor(most) ** slope, (production ?? Number.POSITIVE_INFINITY) / view.rows),
        why: 'as it grew between two sizes of this database',
      };
    return production === undefined
      ? { factor: this.factor(most), why: `like ${plainName(most)}` }
      : { factor: production / view.rows, why: 'with the groups that its keys allow' };
  }

  /** Groups of a view in production, as far as the values of its keys allow. */
  private groupsOf(view: LensTable, most: LensTable): number | undefined {
    const { groups, columns } = this.ties.get(plainName(view))?.view ?? {};
    if (groups === undefined) return undefined;
    const left = new Set(groups);
    const sources = [...this.combined(groups, columns ?? new Map(), left)];
    for (const name of left) {
      const origin = columns?.get(name);
      const of = columnNamed(view, name);
      const known = origin === undefined ? undefined : this.domain(origin.table, origin.column);
      const values = known ?? (of === undefined ? undefined : constant(valuesIn(view, of)));
      if (values === undefined) return undefined;
      sources.push(values);
    }
    const here = sources.reduce((all, one) => all * one.sample, 1);
    const production = sources.reduce((all, one) => all * one.production, 1);
    const sample = { rows: Math.max(most.rows, view.rows), distinct: view.rows };
    return distinctAfterGrowth(
      sample,
      { sample: Math.max(here, view.rows), production },
      sample.rows * this.factor(most),
    );
  }

  /** Sets of columns that form a key of a table, which limits their combinations to its rows. Removes them from `left`. */
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
        // Further columns of that table add no combinations.
        for (const name of [...names, ...key.rest]) left.delete(name);
        yield rows;
      }
    }
  }

  /** The same table at another size. A session's views are in a schema of its own there. */
  private other(table: LensTable): LensTable | undefined {
    return (
      this.others.get(plainName(table)) ?? (table.kind === 'table' ? undefined : this.others.get(table.name))
    );
  }

  private factor(table: LensTable): number {
    return this.factors.get(plainName(table)) ?? 1;
  }

  /** d ln(values) / d ln(rows) between two sizes, 0 (constant) … 1 (in step); undefined if the sizes do not show it. */
  private slope(rows: LensTable, values: number, before: number | undefined): number | undefined {
    const growth = Math.log(rows.rows / (this.other(rows)?.rows ?? 0));
    if (before === undefined || before <= 0 || values <= 0) return undefined;
    if (!Number.isFinite(growth) || Math.abs(growth) < Math.log(LEAST_APART)) return undefined;
    const slope = Math.log(values / before) / growth;
    if (slope < NOISE) return 0;
    return slope > 1 - NOISE ? 1 : slope;
  }

  /** undefined for unknown columns and tables. */
  private domain(tableName: string, name: string): Domain | undefined {
    const key = JSON.stringify([tableName, name]);
    if (this.domains.has(key)) return this.domains.get(key);
    const table = this.byName.get(tableName);
    const column = table === undefined ? undefined : columnNamed(table, name);
    if (table === undefined || column === undefined) return undefined;
    // A cycle, such as a table that refers to itself, finds growth in step.
    this.domains.set(key, this.rowsOf(tableName));
    const domain = this.needed(table, column, this.freely(table, column));
    this.domains.set(key, domain);
    return domain;
  }

  /** Without the demands of keys. */
  private freely(table: LensTable, column: LiveColumn): Domain | undefined {
    const rowsHere = Math.max(0, table.rows);
    const rows = rowsHere * this.factor(table);
    if (this.isUnique(table, [column.name]))
      return { sample: rowsHere, production: rows, most: rows, why: 'unique' };
    const sample = valuesIn(table, column);
    const statement = this.stated(table, column, rows);
    if (statement !== undefined)
      return {
        sample: sample ?? rowsHere,
        production: statement.values,
        most: statement.values,
        why: 'the workload states it',
        stated: statement.stated,
      };
    const statistics = statisticsOf(column);
    if (sample === undefined || statistics === undefined) return undefined;
    const filled = rows * (1 - statistics.nullFraction);
    const shown = { rows: rowsHere * (1 - statistics.nullFraction), distinct: sample };
    const [bound] = this.sources(table, column)
      .map(({ source, why }) => ({
        production: distinctAfterGrowth(shown, source, filled),
        most: Math.min(filled, source.most),
        why,
      }))
      .sort((a, b) => a.production - b.production);
    if (bound !== undefined) return { sample, ...bound };
    const before = this.other(table);
    const twin = before === undefined ? undefined : columnNamed(before, column.name);
    const slope = this.slope(table, sample, twin && before && valuesIn(before, twin));
    const most = Math.min(Math.max(1, filled), valueLimit(column, this.document) ?? Number.POSITIVE_INFINITY);
    const grown = (power: number) => Math.max(sample, Math.min(most, sample * this.factor(table) ** power));
    if (slope !== undefined && statistics.distinct !== -1)
      return { sample, production: grown(slope), most, why: 'as it grew between two sizes of this database' };
    return statistics.distinct < 0
      ? { sample, production: grown(1), most, why: 'a share of the rows' }
      : { sample, production: sample, most, why: '' };
  }

  /** Domains that a column takes its values from: the columns it refers to or is copied from. */
  private sources(table: LensTable, { name }: LiveColumn): readonly { source: Domain; why: string }[] {
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

  /** The rows of a table as a domain: a column that a key refers to is unique. */
  private rowsOf(name: string): Domain | undefined {
    const table = this.byName.get(name);
    if (table === undefined || table.rows <= 0) return undefined;
    const rows = table.rows * this.factor(table);
    return { sample: table.rows, production: rows, most: rows, why: '' };
  }

  /** A composite key needs as many combinations as rows: its first column without a source gets more values. */
  private needed(table: LensTable, column: LiveColumn, own: Domain | undefined): Domain | undefined {
    if (own === undefined || own.stated !== undefined) return own;
    let production = own.production;
    const rows = Math.max(0, table.rows) * this.factor(table);
    const isFree = (name: string) => {
      const of = columnNamed(table, name);
      return of !== undefined && this.sources(table, of).length === 0;
    };
    for (const key of this.ties.get(plainName(table))?.unique ?? []) {
      if (key.length < 2 || key.find(isFree) !== column.name) continue;
      const rest = key.filter(name => name !== column.name);
      const values = rest.map(name => {
        const of = columnNamed(table, name);
        return of === undefined ? undefined : this.freely(table, of)?.production;
      });
      if (values.some(value => value === undefined)) continue;
      production = Math.max(
        production,
        Math.min(rows, rows / values.reduce<number>((all, one) => all * (one ?? 1), 1)),
      );
    }
    return production > own.production
      ? { ...own, production, why: 'a key has as many combinations as rows' }
      : own;
  }

  private isUnique(table: LensTable, columns: readonly string[]): boolean {
    const { unique = [] } = this.ties.get(plainName(table)) ?? {};
    return unique.some(key => key.every(name => columns.includes(name)));
  }

  private stated(table: LensTable, { name }: LiveColumn, rows: number) {
    const key = `${table.name}.${name}`;
    const { distinct } = this.options;
    const stated = Object.hasOwn(distinct, key) ? distinct[key] : undefined;
    return stated === undefined ? undefined : { stated, values: stated < 0 ? -stated * rows : stated };
  }

  growth(table: LensTable, column: LiveColumn): Growth | undefined {
    const statistics = statisticsOf(column);
    const rows = Math.max(1, table.rows * this.factor(table));
    const isAsHere = this.factor(table) === 1 && this.stated(table, column, rows) === undefined;
    if (statistics === undefined || isAsHere) return undefined;
    const path = `${plainName(table)}.${column.name}`;
    const domain = this.domain(plainName(table), column.name);
    if (domain === undefined) return undefined;
    const { sample, production, most, why, stated } = domain;
    const factor = sample > 0 ? Math.max(1, production / sample) : 1;
    if (stated !== undefined) return { column: path, distinct: stated, factor, why, stated: true };
    if (this.isUnique(table, [column.name])) return undefined;
    const { distinct } = statistics;
    const asWritten = distinct < 0 ? -distinct * rows : distinct;
    if (factor <= 1 && near(asWritten, production)) return undefined;
    const seen = this.options.seen?.get(path);
    const grown = (value: number): Growth => ({ column: path, distinct: value, factor, why, stated: false });
    if (seen !== undefined && factor > 1) {
      const { nullFraction } = statistics;
      const analyzed = Math.min(most, analyzedDistinct(seen, factor, rows * (1 - nullFraction)));
      const common = commonFrequencies(seen, factor, { distinct: analyzed, rows, nullFraction });
      return { ...grown(asShare(analyzed, rows)), common };
    }
    // Growth in step with the rows keeps the share.
    return grown(distinct < 0 && near(asWritten, production) ? distinct : asShare(production, rows));
  }
}

const near = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-6 * Math.max(one, other, 1);

const constant = (values: number | undefined): Domain | undefined =>
  values === undefined ? undefined : { sample: values, production: values, most: values, why: '' };

/** As ANALYZE writes it: more than a tenth of the rows as a share of them. */
const asShare = (values: number, rows: number): number =>
  values > rows / 10 ? -Math.min(1, values / rows) : Math.round(values);

/** undefined for an empty or never counted table. */
const valuesIn = (table: LensTable, column: LiveColumn): number | undefined =>
  table.rows <= 0 ? undefined : distinctValues(table, column);
