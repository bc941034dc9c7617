/**
 * The text of a lens from outside → a LensDocument, every field of it checked. Whatever the text is, it is
 * read or refused: what is read has the types it says, numbers that can be, and SQL that is what it claims to be.
 */
import { PgoptError } from '../errors.ts';
import { placeAt } from '../place.ts';
import { readJson } from '../plan/read-json.ts';
import { loadGrammar } from '../workload/grammar.ts';
import { LENS_FORMAT, LENS_VERSION, type LensDocument } from './document.ts';
import { Context } from './parse/context.ts';
import { Field } from './parse/field.ts';
import { checkFormat, extension, schema, settings, source } from './parse/head.ts';
import { LIMITS } from './parse/limits.ts';
import { collation, routine, statistics, type, view } from './parse/objects.ts';
import { table } from './parse/tables.ts';

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
  const refused = (message: string, place?: PgoptError['place']) =>
    new PgoptError('lens-invalid', message, place === undefined ? {} : { place });
  if (text.length > LIMITS.characters) throw refused(`${file} is too large to be a lens`);
  const { isFlat, tooMuch } = measured(text);
  if (tooMuch !== undefined) throw refused(tooMuch.message, placeAt(file, text, tooMuch.at));
  try {
    // Only where a key occurs twice do the two readers differ, and a place is looked up in either.
    return isFlat ? JSON.parse(text) : readJson(text, file, 1, LIMITS.levels);
  } catch {
    // The careful one is slow, and says what is wrong and where.
  }
  try {
    return readJson(text, file, 1, LIMITS.levels);
  } catch (error) {
    if (!(error instanceof PgoptError)) throw error;
    throw refused(error.message, error.place);
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
