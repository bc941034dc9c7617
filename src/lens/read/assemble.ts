/** The server's answers → LensDocument. */
import { groupBy } from '../../base/lists.ts';
import type { NameInSchema } from '../../base/sql.ts';
import type { Row } from '../../database/link.ts';
import {
  LENS_FORMAT,
  LENS_VERSION,
  type LensDocument,
  type LensExtendedStatistics,
  plainName,
} from '../document.ts';
import { isPossibleSetting } from '../settings.ts';
import { addNeed, needsOf, withNeeding } from './needs.ts';
import { type LensAnswers, maybe, nameIn, number, Omissions, optionalText, text, texts } from './rows.ts';
import {
  collationsOf,
  functionsOf,
  hiddenUnsupported,
  typesOf,
  unsupportedKeys,
  viewsOf,
} from './schemaObjects.ts';
import { columnStatistics, tablesOf } from './tables.ts';

function extendedOf(
  answers: LensAnswers,
  tables: ReadonlySet<string>,
  omissions: Omissions,
): LensExtendedStatistics[] {
  const rows = (answers.extended ?? []).filter(
    row =>
      tables.has(text(row, 'table')) && omissions.keeps(`s:${text(row, 'id')}`, 'extended statistics', row),
  );
  const expressions = groupBy(answers.expressions ?? [], keyOf);
  for (const row of rows) {
    const name = `extended statistics ${plainName(nameIn(row))}`;
    if (row.readable !== true)
      omissions.add(`figures of ${name}`, 'only the table’s owner and superusers may see them');
    if (row.combinations === true)
      omissions.add(
        `most common combinations of ${name}`,
        'lists of combinations of values (mcv) are left out',
      );
    if (row.expressions === true && row.readable === true && answers.expressions === undefined)
      omissions.add(`figures of the expressions of ${name}`, 'reading them would have waited for a lock');
  }
  return rows.map(row => ({
    ...nameIn(row),
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

export function lensDocument(answers: LensAnswers): LensDocument {
  const [source = {}] = answers.source ?? [];
  const { tables: tableRows = [], views: viewRows = [], unsupported = [] } = answers;
  const needs = allNeedsOf(answers);
  const omissions = new Omissions(
    withNeeding(needs, knownKeys(answers), missingKeys(answers)),
    hiddenUnsupported(unsupported),
  );
  const views = new Set(viewRows.map(row => `r:${text(row, 'id')}`));
  const kept = new Set(tableRows.map(row => text(row, 'id')).filter(id => !omissions.isMissing(`r:${id}`)));
  const [path = {}] = answers.path ?? [];
  const searchPath = texts(path, 'searchPath').filter(schema => !/^pg_temp/.test(schema));
  const settings = settingsOf(answers.settings ?? [], omissions);
  const objects = {
    extensions: (answers.extensions ?? []).map(row => ({ ...nameIn(row), version: text(row, 'version') })),
    ...maybe('collations', collationsOf(answers.collations ?? [])),
    types: typesOf(answers.types ?? [], omissions, needs),
    functions: functionsOf(answers.functions ?? [], omissions, needs, views),
    tables: tablesOf({ ...answers, statistics: withRanges(answers) }, omissions, needs),
    views: viewsOf(viewRows, omissions, needs),
    statistics: extendedOf(answers, kept, omissions),
  };
  return {
    format: LENS_FORMAT,
    version: LENS_VERSION,
    source: {
      serverVersion: text(source, 'version').split(' ')[0] ?? '',
      major: Math.floor(number(source, 'number') / 10_000),
      database: text(source, 'database'),
      takenAt: text(source, 'takenAt'),
      blockBytes: number(source, 'blockBytes'),
      encoding: text(source, 'encoding'),
      collation: text(source, 'collation'),
      ...maybe('collationProvider', providerOf(source)),
      redacted: false,
    },
    settings,
    hidden: omissions.hidden,
    schemas: schemasOf(objects, searchPath),
    searchPath,
    ...objects,
  };
}

const providerOf = (source: Row): LensDocument['source']['collationProvider'] => {
  const provider = optionalText(source, 'collationProvider');
  return provider === 'icu' || provider === 'builtin' ? provider : undefined;
};

function settingsOf(
  rows: NonNullable<LensAnswers['settings']>,
  omissions: Omissions,
): LensDocument['settings'] {
  const plain = rows.filter(row => {
    const isPlain = isPossibleSetting(text(row, 'value'));
    if (!isPlain) omissions.add(`setting ${text(row, 'name')}`, 'its value has special characters');
    return isPlain;
  });
  return Object.fromEntries(plain.map(row => [text(row, 'name'), text(row, 'value')]));
}

function allNeedsOf({ dependencies = [], tables = [] }: LensAnswers): Map<string, Set<string>> {
  const isTable = new Set(tables.map(row => `r:${text(row, 'id')}`));
  const needs = needsOf(
    // Inheritance is in the list of parents.
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

/** Objects that are missing themselves: unsupported, or locked by another session. */
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

/** Before 17, statistics of ranges come from a separate statement. */
function withRanges({ statistics = [], ranges = [] }: LensAnswers): NonNullable<LensAnswers['statistics']> {
  if (ranges.length === 0) return statistics;
  const keyOf = (row: (typeof ranges)[number]) => [row.relation, row.number, row.inherited].join(' ');
  const found = new Map(ranges.map(row => [keyOf(row), row]));
  return statistics.map(row => ({ ...row, ...found.get(keyOf(row)) }));
}

function schemasOf(
  objects: Readonly<Record<string, readonly NameInSchema[]>>,
  searchPath: readonly string[],
): string[] {
  const used = new Set(Object.values(objects).flatMap(list => list.map(({ schema }) => schema)));
  const others = [...used].filter(schema => !searchPath.includes(schema)).sort();
  return [...searchPath.filter(schema => used.has(schema)), ...others].filter(
    schema => schema !== 'public' && schema !== 'pg_catalog',
  );
}
