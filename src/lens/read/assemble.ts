/** Rows → extended statistics. */
import type { Row } from '../../database/link.ts';
import { LENS_FORMAT, LENS_VERSION, type LensDocument, type LensExtendedStatistics } from '../document.ts';
import { isPossibleSetting } from '../settings.ts';
import { addNeed, needsOf, withNeeding } from './needs.ts';
import { groupBy, Left, type LensAnswers, maybe, number, optionalText, text, texts } from './rows.ts';
import {
  collationsOf,
  functionsOf,
  hiddenUnsupported,
  typesOf,
  unsupportedKeys,
  viewsOf,
} from './schemaObjects.ts';
import { columnStatistics, tablesOf } from './tables.ts';

function extendedOf(answers: LensAnswers, tables: ReadonlySet<string>, left: Left): LensExtendedStatistics[] {
  const rows = (answers.extended ?? []).filter(
    row => tables.has(text(row, 'table')) && left.keeps(`s:${text(row, 'id')}`, 'extended statistics', row),
  );
  const expressions = groupBy(answers.expressions ?? [], keyOf);
  for (const row of rows) {
    const name = `extended statistics ${text(row, 'schema')}.${text(row, 'name')}`;
    if (row.readable !== true)
      left.add(`figures of ${name}`, 'only the owner of the table and superusers are shown them');
    if (row.combinations === true)
      left.add(`most common combinations of ${name}`, 'lists of combinations of values (mcv) are left out');
    if (row.expressions === true && row.readable === true && answers.expressions === undefined)
      left.add(`figures of the expressions of ${name}`, 'they could not be read without waiting for a lock');
  }
  return rows.map(row => ({
    schema: text(row, 'schema'),
    name: text(row, 'name'),
    definition: text(row, 'definition'),
    inherited: row.inherited === true,
    expressionStatistics: (expressions.get(keyOf(row)) ?? []).map(one => ({
      position: number(one, 'number'),
      ...columnStatistics(one),
    })),
    ...maybe('distinct', optionalText(row, 'distinct')),
    ...maybe('dependencies', optionalText(row, 'dependencies')),
  }));
}

const keyOf = (row: Row): string => `${text(row, 'id')} ${row.inherited === true}`;

/** What the server answered → the document. Pure. */

export function lensDocument(answers: LensAnswers): LensDocument {
  const [source = {}] = answers.source ?? [];
  const version = text(source, 'version').split(' ')[0] ?? '';
  const merged = { ...answers, statistics: withRanges(answers) };
  const { tables: tableRows = [], views: viewRows = [], unsupported = [] } = answers;
  const needs = allNeedsOf(answers);
  const left = new Left(
    withNeeding(needs, knownKeys(answers), missingKeys(answers)),
    hiddenUnsupported(unsupported),
  );
  const views = new Set(viewRows.map(row => `r:${text(row, 'id')}`));
  const kept = new Set(tableRows.map(row => text(row, 'id')).filter(id => !left.isMissing(`r:${id}`)));
  const [path = {}] = answers.path ?? [];
  const searchPath = texts(path, 'searchPath').filter(schema => !/^pg_temp/.test(schema));
  const document = {
    format: LENS_FORMAT,
    version: LENS_VERSION,
    source: {
      serverVersion: version,
      major: Math.floor(number(source, 'number') / 10_000),
      database: text(source, 'database'),
      takenAt: text(source, 'takenAt'),
      blockBytes: number(source, 'blockBytes'),
      encoding: text(source, 'encoding'),
      collation: text(source, 'collation'),
      ...maybe('collationProvider', providerOf(source)),
      redacted: false,
    },
    settings: settingsOf(answers.settings ?? [], left),
    extensions: (answers.extensions ?? []).map(row => ({
      name: text(row, 'name'),
      schema: text(row, 'schema'),
      version: text(row, 'version'),
    })),
    ...maybe('collations', collationsOf(answers.collations ?? [])),
    types: typesOf(answers.types ?? [], left, needs),
    functions: functionsOf(answers.functions ?? [], left, needs, views),
    tables: tablesOf(merged, left, needs),
    views: viewsOf(viewRows, left, needs),
    statistics: extendedOf(answers, kept, left),
  } as const;
  const schemas = schemasOf(document, searchPath);
  const { format, version: formatVersion, source: of, settings, ...things } = document;
  return {
    format,
    version: formatVersion,
    source: of,
    settings,
    hidden: left.hidden,
    schemas,
    searchPath,
    ...things,
  };
}

const providerOf = (source: Row): LensDocument['source']['collationProvider'] => {
  const provider = optionalText(source, 'collationProvider');
  return provider === 'icu' || provider === 'builtin' ? provider : undefined;
};

function settingsOf(rows: NonNullable<LensAnswers['settings']>, left: Left): LensDocument['settings'] {
  const plain = rows.filter(row => {
    const isPlain = isPossibleSetting(text(row, 'value'));
    if (!isPlain) left.add(`setting ${text(row, 'name')}`, 'its value is not of plain characters');
    return isPlain;
  });
  return Object.fromEntries(plain.map(row => [text(row, 'name'), text(row, 'value')]));
}

function allNeedsOf({ dependencies = [], tables = [] }: LensAnswers): Map<string, Set<string>> {
  const isTable = new Set(tables.map(row => `r:${text(row, 'id')}`));
  const needs = needsOf(
    // Of heirs and partitions: the list of parents says it better.
    dependencies.filter(row => !(isTable.has(text(row, 'from')) && isTable.has(text(row, 'to')))),
  );
  for (const row of tables)
    for (const parent of texts(row, 'parents')) addNeed(needs, `r:${text(row, 'id')}`, `r:${parent}`);
  return needs;
}

function knownKeys(answers: LensAnswers): ReadonlySet<string> {
  const { tables = [], views = [], indexes = [], functions = [], types = [], constraints = [] } = answers;
  const { collations = [] } = answers;
  const keys = (letter: string, rows: typeof tables) => rows.map(row => `${letter}:${text(row, 'id')}`);
  return new Set([
    ...keys('r', [...tables, ...views, ...indexes]),
    ...keys('f', functions),
    ...keys('t', types),
    ...keys('c', constraints),
    ...keys('l', collations),
  ]);
}

/** What is missing by itself: not supported, or locked by another session. */
function missingKeys(answers: LensAnswers): Map<string, string> {
  const missing = new Map(
    [...unsupportedKeys(answers.unsupported ?? [])].map(([key, what]) => [key, `it needs ${what}`]),
  );
  const lock = (letter: string, rows: LensAnswers['tables']) => {
    for (const row of rows ?? [])
      if (optionalText(row, 'definition') === undefined)
        missing.set(`${letter}:${text(row, 'id')}`, 'it needs a table that another session has locked');
  };
  lock('f', answers.functions);
  lock('r', answers.views);
  lock('r', answers.indexes);
  lock('c', answers.constraints);
  lock('s', answers.extended);
  for (const row of answers.tables ?? [])
    if (row.locked === true && row.kind === 'p')
      missing.set(`r:${text(row, 'id')}`, 'another session has locked a partitioned table');
  return missing;
}

/** Before 17 statistics of ranges come by a statement of their own. */
function withRanges({ statistics = [], ranges = [] }: LensAnswers): NonNullable<LensAnswers['statistics']> {
  if (ranges.length === 0) return statistics;
  const keyOf = (row: (typeof ranges)[number]) => [row.relation, row.number, row.inherited].join(' ');
  const found = new Map(ranges.map(row => [keyOf(row), row]));
  return statistics.map(row => ({ ...row, ...found.get(keyOf(row)) }));
}

type Placed = Pick<
  LensDocument,
  'extensions' | 'collations' | 'types' | 'functions' | 'tables' | 'views' | 'statistics'
>;

function schemasOf(document: Placed, searchPath: readonly string[]): string[] {
  const { extensions, collations = [], types, functions, tables, views, statistics } = document;
  const used = new Set(
    [...extensions, ...collations, ...types, ...functions, ...tables, ...views, ...statistics].map(
      ({ schema }) => schema,
    ),
  );
  const others = [...used].filter(schema => !searchPath.includes(schema)).sort();
  return [...searchPath.filter(schema => used.has(schema)), ...others].filter(
    schema => schema !== 'public' && schema !== 'pg_catalog',
  );
}
