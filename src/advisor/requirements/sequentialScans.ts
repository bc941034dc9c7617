/** No plan, executed or estimated, may scan a large table sequentially: its shape is known before it runs. */
import { formatCount, formatRows, formatThousands, plural, round } from '../../base/format.ts';
import { type Known, type KnownQuery, queryName, type Side } from './known.ts';
import { besideLimit, type Evidence, notMeasured, type Verdict, verdict } from './result.ts';
import { type Catalog, catalogOf, type ScannedTable, tablesRead, tablesScanned } from './tables.ts';

interface Scan extends ScannedTable {
  readonly query: string;
  readonly queryId: string;
  readonly executed: boolean;
}

export function sequentialScansOf(side: Side, known: Known): Verdict {
  const { workload, tables } = known;
  const limit = workload.budgets.largeTableRows;
  const built = known.after.proposals.flatMap(({ objects = [] }) => objects);
  const catalog = catalogOf(tables, built);
  const scans = side.queries.flatMap(one =>
    one.plan === undefined
      ? []
      : tablesScanned(one.plan, catalog).map(
          (table): Scan => ({
            ...table,
            query: queryName(one, workload),
            queryId: one.query.id,
            executed: one.plan?.analyzed === true,
          }),
        ),
  );
  const unplanned = side.queries.filter(({ plan }) => plan === undefined || plan.hiddenTasks === true);
  const large = scans.filter(({ rows }) => rows > limit);
  const unknown = scans.filter(({ rows, known: counted }) => rows <= limit && !counted);
  const evidence: readonly Evidence[] = [
    ...large.flatMap(scan =>
      lines(scan, `${rowsWords(scan)} rows${scan.parts > 1 ? ` in ${scan.parts} partitions together` : ''}`),
    ),
    ...unknown.flatMap(scan => lines(scan, 'its rows were never counted (ANALYZE counts them)')),
    ...unplanned.map(one => ({
      queryId: one.query.id,
      text: `${queryName(one, workload)}: no plan (${whyNoPlan(one) ?? 'not planned yet'})`,
    })),
    {
      text: `a table is large above ${formatThousands(limit)} rows (${known.projected ? "production's, by the workload" : 'pg_class.reltuples here'})`,
    },
  ];
  if (large.length > 0) {
    const nodes = large.reduce((sum, { scans: own }) => sum + own.length, 0);
    return verdict('fail', plural(nodes, 'scan'), `Seq Scan on ${listed(large, limit)}`, evidence);
  }
  if (unplanned.length > 0) {
    const which = [...new Set(unplanned.map(one => queryName(one, workload)))].join(', ');
    const why = unplanned.map(whyNoPlan).find(reason => reason !== undefined);
    return notMeasured(`no plan of ${which}${why === undefined ? '' : `: ${why}`}`, evidence);
  }
  if (unknown.length > 0) {
    const which = [...new Set(unknown.map(({ name }) => name))].join(', ');
    return notMeasured(`the rows of ${which} were never counted (ANALYZE counts them)`, evidence);
  }
  return withoutScans(known, catalog, limit, evidence);
}

const whyNoPlan = ({ plan, problem }: KnownQuery): string | undefined =>
  plan?.hiddenTasks === true ? 'Citus does not show it' : problem;

/** Passes only if a plan reads a large table; otherwise nothing was tested. */
function withoutScans(known: Known, catalog: Catalog, limit: number, evidence: readonly Evidence[]): Verdict {
  const plans = [...known.before.queries, ...known.after.queries].map(({ plan }) => plan);
  const read = plans.flatMap(plan => (plan === undefined ? [] : tablesRead(plan, catalog)));
  const large = read.filter(({ rows }) => rows > limit);
  const size = round(formatCount(limit));
  if (large.length > 0) {
    const names = [...new Set(large.map(({ name, rows }) => `${name} (${formatRows(rows)})`))];
    return verdict('pass', 'none', `no Seq Scan on ${names.join(', ')}`, evidence);
  }
  const unknown = read.find(({ known: counted }) => !counted);
  if (unknown !== undefined || plans.includes(undefined)) {
    const why =
      unknown === undefined
        ? 'not every query is planned'
        : `the rows of ${unknown.name} were never counted (ANALYZE counts them)`;
    return notMeasured(why, evidence);
  }
  return verdict(
    'not applicable',
    '',
    `no table has more than ${size} rows ${known.projected ? 'in production' : 'here'}: nothing was tested`,
    evidence,
  );
}

function lines({ scans, query, queryId, executed }: Scan, rows: string): readonly Evidence[] {
  return scans.map(({ id, label, actual }) => {
    const how = !executed
      ? 'estimated plan'
      : actual?.executed === false
        ? 'not reached in this run'
        : 'executed';
    return { queryId, node: { id, label }, text: `${query}: ${label}: ${rows}, ${how}` };
  });
}

const rowsWords = ({ rows, known }: ScannedTable): string =>
  `${known ? '' : 'at least '}${formatThousands(rows)}`;

/** `orders (5 M rows) in Q1, Q3; order_items (15 M rows) in Q2`. */
function listed(scans: readonly Scan[], limit: number): string {
  const tables = new Map<string, { rows: number; queries: Set<string> }>();
  for (const { name, rows, query } of scans) {
    const table = tables.get(name) ?? { rows, queries: new Set<string>() };
    table.queries.add(query);
    tables.set(name, { ...table, rows: Math.max(table.rows, rows) });
  }
  return [...tables]
    .map(
      ([name, { rows, queries }]) =>
        `${name} (${besideLimit(rows, limit, formatCount, formatThousands)} rows) in ${[...queries].join(', ')}`,
    )
    .join('; ');
}
