/**
 * Text of a lens from outside → LensDocument. Accepted values have the right types, possible numbers, and SQL that is
 * what it claims to be; everything else is refused.
 */
import { PgoptError } from '../../base/errors.ts';
import { readJson } from '../../base/json.ts';
import { locationAt } from '../../base/location.ts';
import { LENS_SCHEMA } from '../../session/hide.ts';
import { loadGrammar } from '../../workload/grammar.ts';
import { LENS_FORMAT, LENS_VERSION, type LensDocument, type LensSource } from '../document.ts';
import { isPossibleSetting, LENS_SETTINGS } from '../settings.ts';
import { Context, Field, LIMITS } from './field.ts';
import { collation, routine, statistics, type, view } from './objects.ts';
import { table } from './tables.ts';

/** @throws PgoptError 'lens-invalid' */
function checkFormat(root: Field): void {
  const format = root.at('format');
  if (format.isMissing || format.text() !== LENS_FORMAT)
    throw format.refused(`this is not a lens: its format is not "${LENS_FORMAT}"`);
  const version = root.at('version').integer(1, Number.MAX_SAFE_INTEGER);
  if (version !== LENS_VERSION)
    throw root
      .at('version')
      .refused(
        `version ${version} of the format comes from a newer pgopt-explore; this one reads version ${LENS_VERSION}`,
        'update pgopt-explore, or make a new lens with this one',
      );
}

function source(field: Field): LensSource {
  const blockBytes = field.at('blockBytes').integer(1024, 32_768);
  if (!Number.isInteger(Math.log2(blockBytes))) throw field.at('blockBytes').expected('a power of two');
  return {
    serverVersion: field.at('serverVersion').matching(/^[\w.+~-]{1,50}$/, 'a version: 15.18'),
    major: field.at('major').integer(13, 99),
    database: field.at('database').name(),
    takenAt: field.at('takenAt').matching(/^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/, 'a time: 2026-01-31T12:00:00Z'),
    blockBytes,
    encoding: field.at('encoding').matching(/^\w{1,50}$/, 'the name of an encoding'),
    collation: field.at('collation').text(200),
    ...field.optional('collationProvider', one => one.oneOf<'icu' | 'builtin'>(['icu', 'builtin'])),
    redacted: field.at('redacted').flag(),
  };
}

const KNOWN: ReadonlySet<string> = new Set(LENS_SETTINGS);

function settings(field: Field): LensDocument['settings'] {
  return Object.fromEntries(
    field.keys(LIMITS.things).map(name => {
      if (!KNOWN.has(name)) throw field.at(name).refused('a lens has no such setting');
      const value = field.at(name).text();
      if (!isPossibleSetting(value)) throw field.at(name).expected('the value of a setting');
      return [name, value];
    }),
  );
}

/** Refuses names that PostgreSQL reserves, and the schema that hides indexes in a lens. */
function schema(field: Field): string {
  const name = field.name();
  if (/^pg_|^information_schema$|^public$/.test(name) || name === LENS_SCHEMA)
    throw field.refused('a lens makes no schema of this name');
  return name;
}

function extension(field: Field): LensDocument['extensions'][number] {
  return {
    name: field.at('name').name(),
    schema: field.at('schema').name(),
    version: field.at('version').matching(/^[\w.+~-]{1,100}$/, 'a version'),
  };
}

/** @param file Named in errors. @throws PgoptError 'lens-invalid', with line and caret. */
export async function parseLens(text: string, file: string): Promise<LensDocument> {
  const root = new Field({ text, file }, jsonOf(text, file));
  checkFormat(root);
  const schemas = root.at('schemas').list(LIMITS.things, schema);
  const context = new Context(schemas);
  await loadGrammar();
  return {
    format: LENS_FORMAT,
    version: LENS_VERSION,
    source: source(root.at('source')),
    settings: settings(root.at('settings')),
    hidden: root
      .at('hidden')
      .list(LIMITS.things * 10, one => ({ what: one.at('what').text(), why: one.at('why').text() })),
    schemas,
    searchPath: root.at('searchPath').list(LIMITS.things, one => one.name()),
    extensions: root.at('extensions').list(LIMITS.things, extension),
    ...root.optional('collations', all => all.list(LIMITS.things, one => collation(one, context))),
    types: root.at('types').list(LIMITS.things, one => type(one, context)),
    functions: root.at('functions').list(LIMITS.things, one => routine(one, context)),
    tables: root.at('tables').list(LIMITS.tables, one => table(one, context)),
    views: root.at('views').list(LIMITS.things, one => view(one, context)),
    statistics: root.at('statistics').list(LIMITS.things, one => statistics(one, context)),
  };
}

function jsonOf(text: string, file: string): unknown {
  const refused = (message: string, location?: PgoptError['location']) =>
    new PgoptError('lens-invalid', message, location === undefined ? {} : { location });
  if (text.length > LIMITS.characters) throw refused(`${file} is too large to be a lens`);
  const { isFlat, tooMuch } = measured(text);
  if (tooMuch !== undefined) throw refused(tooMuch.message, locationAt(file, text, tooMuch.at));
  try {
    // Both readers differ only for duplicate keys.
    return isFlat ? JSON.parse(text) : readJson(text, file, { deepest: LIMITS.levels });
  } catch {
    // The second reader is slow, but locates the error.
  }
  try {
    return readJson(text, file, { deepest: LIMITS.levels });
  } catch (error) {
    if (!(error instanceof PgoptError)) throw error;
    throw refused(error.message, error.location);
  }
}

interface Measured {
  /** Nesting is certainly below the limit. Brackets within texts count too, which only costs time. */
  readonly isFlat: boolean;
  /** More than the readers have memory for. */
  readonly tooMuch?: { readonly message: string; readonly at: number };
}

function measured(text: string): Measured {
  let [level, brackets, blanks] = [0, 0, 0];
  let isFlat = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x7b || code === 0x5b) {
      level++;
      if (++brackets > LIMITS.brackets)
        return { isFlat, tooMuch: { message: 'a lens has fewer objects', at } };
    } else if (code === 0x7d || code === 0x5d) level--;
    blanks = code <= 0x20 ? blanks + 1 : 0;
    if (blanks > LIMITS.blanks)
      return { isFlat, tooMuch: { message: 'a lens has fewer consecutive blanks', at } };
    if (level > LIMITS.levels) isFlat = false;
  }
  return { isFlat };
}
