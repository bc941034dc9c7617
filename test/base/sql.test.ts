import fc from 'fast-check';
import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { visibleSql } from '../../src/base/visibleSql.ts';

beforeAll(() => loadModule());

/** Its tree, but for where things stand. */
const meaning = (sql: string): unknown =>
  JSON.parse(
    JSON.stringify(parseSync(sql), (key, value) =>
      /location|_len$|^location$/.test(key) ? undefined : value,
    ),
  );
const HIDDEN = /[\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]|(?![\n\t])\p{Cc}/u;

describe('SQL in a file', () => {
  it.each([
    ["SELECT 'a\u200bb'", "SELECT U&'a\\200Bb'"],
    ["SELECT 'it''s \\ \u202e'", "SELECT U&'it''s \\\\ \\202E'"],
    ["SELECT 'a\u200b'\n  'b\\c'", "SELECT U&'a\\200B'\n  'b\\\\c'"],
    ["SELECT E'a\\n\u200b\u{e0041}'", "SELECT E'a\\n\\u200B\\U000E0041'"],
    ["SELECT U&'\\0041\u200b'", "SELECT U&'\\0041\\200B'"],
    ['SELECT 1 AS "A\u3164""b"', 'SELECT 1 AS U&"A\\3164""b"'],
    ['SELECT Ta\u200dBle.x FROM Ta\u200dBle', 'SELECT U&"ta\\200Dble".x FROM U&"ta\\200Dble"'],
    ["SELECT $x$it's \u2800$x$", "SELECT U&'it''s \\2800'"],
    ["DO $b$ BEGIN PERFORM 'a\u200b'; END $b$", "DO $b$ BEGIN PERFORM U&'a\\200B'; END $b$"],
    ['-- a \u202e b\nSELECT 1 /* \u200b /* x */ */', '-- a \\u202e b\nSELECT 1 /* \\u200b /* x */ */'],
    ["SELECT 'a\u{e0041}\u009b\u001b'", "SELECT U&'a\\+0E0041\\009B\\001B'"],
  ])('%j is written %j', (sql, written) => expect(visibleSql(sql)).toBe(written));

  it('means what it meant, and hides nothing', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      ' ',
      "''",
      '\\\\',
      '\u200b',
      '\u{e0041}',
      'é',
      '表',
      '\u2800',
      '\u3164',
      '-- ',
      '/',
      '$',
      '\n',
    );
    const inside = fc.array(piece, { maxLength: 8 }).map(parts => parts.join(''));
    const term = fc.oneof(
      inside.map(text => `'${text}'`),
      inside.map(text => `'${text}'\n '${text}'`),
      inside.map(text => `E'${text}'`),
      inside.map(text => `$q$${text.replaceAll('$', '')}$q$`),
      inside.map(text => `"${`x${text}`.replaceAll('"', '')}"`),
      inside.map(text => `x${text.replace(/[^\p{L}\u200b\u{e0041}\u2800]/gu, '')}`),
      inside.map(text => `1 /* ${text.replaceAll('/', '')} */`),
      inside.map(text => `2 -- ${text.replaceAll('\n', '')}\n`),
    );
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 4 }), terms => {
        const sql = `SELECT ${terms.join(', ')} FROM t`;
        const written = visibleSql(sql);
        expect(written).not.toMatch(HIDDEN);
        expect(meaning(written)).toEqual(meaning(sql));
        expect(visibleSql(written)).toBe(written);
      }),
      { numRuns: 500 },
    );
  });
});
