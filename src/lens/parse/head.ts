/** What a lens says of itself: its format, where it comes from, the settings, the schemas. */

import { LENS_SCHEMA } from '../../session/hide.ts';
import { LENS_FORMAT, LENS_VERSION, type LensDocument, type LensSource } from '../document.ts';
import { isPossibleSetting, LENS_SETTINGS } from '../settings.ts';
import type { Field } from './field.ts';
import { LIMITS } from './limits.ts';

/** @throws PgoptError 'lens-invalid' */
export function checkFormat(root: Field): void {
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
