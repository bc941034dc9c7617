/** What a lens says of itself: its format, where it comes from, the settings, the schemas. */
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
    throw format.refused(`this is no lens: its format is not "${LENS_FORMAT}"`);
  const version = root.at('version').integer(1, Number.MAX_SAFE_INTEGER);
  if (version !== LENS_VERSION)
    throw root
      .at('version')
      .refused(
        `version ${version} of the format was made by a newer pgopt-explore, and this one knows version ${LENS_VERSION}`,
        'update pgopt-explore, or make the lens anew with this one',
      );
}

export function source(field: Field): LensSource {
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

export function settings(field: Field): LensDocument['settings'] {
  return Object.fromEntries(
    field.keys(LIMITS.things).map(name => {
      if (!KNOWN.has(name)) throw field.at(name).refused('a lens has no such setting');
      const value = field.at(name).text();
      if (!isPossibleSetting(value)) throw field.at(name).expected('the value of a setting');
      return [name, value];
    }),
  );
}

/** PostgreSQL keeps the names that begin with pg_ to itself, and a lens one for what hides indexes in it. */
export function schema(field: Field): string {
  const name = field.name();
  if (/^pg_|^information_schema$|^public$/.test(name) || name === LENS_SCHEMA)
    throw field.refused('a lens makes no schema of this name');
  return name;
}

export function extension(field: Field): LensDocument['extensions'][number] {
  return {
    name: field.at('name').name(),
    schema: field.at('schema').name(),
    version: field.at('version').matching(/^[\w.+~-]{1,100}$/, 'a version'),
  };
}

/**
 * The text of a lens from outside → a LensDocument, every field of it checked. Whatever the text is, it is
 * read or refused: what is read has the types it says, numbers that can be, and SQL that is what it claims to be.
 */

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
    // Only where a key occurs twice do the two readers differ, and a location is looked up in either.
    return isFlat ? JSON.parse(text) : readJson(text, file, 1, LIMITS.levels);
  } catch {
    // The careful one is slow, and says what is wrong and where.
  }
  try {
    return readJson(text, file, 1, LIMITS.levels);
  } catch (error) {
    if (!(error instanceof PgoptError)) throw error;
    throw refused(error.message, error.location);
  }
}

interface Measured {
  /** No more brackets are open at once than a lens has; those in texts count, too, and then it is looked at closely. */
  readonly isFlat: boolean;
  /** What neither reader has the memory for. */
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
      return { isFlat, tooMuch: { message: 'a lens has fewer blanks in a row', at } };
    if (level > LIMITS.levels) isFlat = false;
  }
  return { isFlat };
}
