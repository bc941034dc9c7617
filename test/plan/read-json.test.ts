import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PgoptError } from '../../src/base/errors.ts';
import { readJson, readPlainJson } from '../../src/base/json.ts';
import { atOnce } from '../../src/base/steps.ts';
import { anyCharacter } from '../helpers/anyCharacter.ts';

function errorOf(text: string, firstLine = 1): PgoptError {
  try {
    readJson(text, 'plan.json', { firstLine });
  } catch (error) {
    if (error instanceof PgoptError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text)} was read`);
}

describe('errors', () => {
  it.each([
    // text, line, column, what
    ['', 1, 1, 'expected a value, not the end'],
    ['  \n ', 2, 2, 'expected a value, not the end'],
    ['{"a": 1,}', 1, 9, 'expected a quoted key, not "}"'],
    ['[1, 2,]', 1, 7, 'expected a value, not "]"'],
    ['[1 2]', 1, 4, '"," or "]" should stand here, not "2"'],
    ['{"a": 1 "b": 2}', 1, 9, '"," or "}" should stand here, not "\\"b\\""'],
    ['{"a" 1}', 1, 6, 'expected ":", not "1"'],
    ['{a: 1}', 1, 2, 'expected a quoted key, not "a"'],
    ['{"a": 1}\n{"b": 2}', 2, 1, 'expected the end, not "{"'],
    ['[1, 2', 1, 6, 'its end is missing'],
    ['[1}', 1, 3, '"," or "]" should stand here, not "}"'],
    ['{"a": }', 1, 7, 'expected a value, not "}"'],
    ['[undefined]', 1, 2, 'expected a value, not "undefined"'],
    ['[NaN]', 1, 2, 'expected a value, not "NaN"'],
    ['["a\n"]', 1, 2, 'a quoted text does not end on its line'],
    ['["a', 1, 2, 'a quoted text does not end on its line'],
    ['[\n  1.e]', 2, 3, 'a number is incomplete'],
    ['["\\u12"]', 1, 2, 'an escape \\u needs four hexadecimal digits'],
    ['["\\q"]', 1, 2, 'unknown escape'],
    ['["a\tb"]', 1, 2, 'a text contains a control character'],
    ['/* a', 1, 1, 'a comment does not end'],
  ])('%j', (text, line, column, what) => {
    const error = errorOf(text);
    expect(error.message).toBe(`this is not JSON: ${what}`);
    expect(error.code).toBe('plan-invalid');
    expect(error.location).toMatchObject({ file: 'plan.json', line, column });
  });

  it('count lines from where the text begins in its file', () => {
    // The second line of a text that begins on line 40.
    expect(errorOf('[\n  x]', 40).location).toMatchObject({ line: 41, column: 3, text: '  x]' });
  });

  it('take CRLF for one line', () => {
    expect(errorOf('[\r\n1,\r\n x]').location).toMatchObject({ line: 3, column: 2, text: ' x]' });
  });

  it('show only the beginning of the unexpected text', () => {
    // 20 characters and an ellipsis.
    expect(errorOf(`[${'x'.repeat(1000)}]`).message).toBe(
      `this is not JSON: expected a value, not "${'x'.repeat(20)}…"`,
    );
  });

  it('are one line whatever stands in the way', () => {
    for (const text of ['{"a" "b\u2028c"}', '[1 \u0007]', '[1 "\u001b[2J"]', '\ufeffx'])
      expect(errorOf(text).message).not.toMatch(/[\n\r\u2028]/);
  });
});

describe('notes between the tokens', () => {
  it('are passed over, to the line’s end or to theirs', () => {
    const text = '// before\n{"a": /* why? */ [1, 2] // after\r\n}\n// // end';
    expect(readJson(text, 'f')).toEqual({ a: [1, 2] });
  });

  it('are no notes within a text', () => {
    const value = { Filter: "(url ~ 'http://x/*')", Note: '/* a */ // b' };
    expect(readJson(JSON.stringify(value), 'f')).toEqual(value);
  });

  it('do not swallow the rest of the file', () => {
    expect(errorOf('[1]\n/* and so on\n').location).toMatchObject({ line: 2, column: 1 });
  });
});

describe('a key that occurs twice', () => {
  it('Workers: the halves tell of the same workers (PostgreSQL 10 to 12)', () => {
    const text = `{"Node Type": "Sort",
      "Workers": [{"Worker Number": 0, "Sort Method": "quicksort"}, {"Worker Number": 1, "Sort Method": "quicksort"}],
      "Sort Key": ["n"],
      "Workers": [{"Worker Number": 1, "Actual Loops": 2}, {"Worker Number": 2, "Actual Loops": 3}]}`;
    expect(readJson(text, 'f')).toEqual({
      'Node Type': 'Sort',
      Workers: [
        { 'Worker Number': 0, 'Sort Method': 'quicksort' },
        { 'Worker Number': 1, 'Sort Method': 'quicksort', 'Actual Loops': 2 },
        { 'Worker Number': 2, 'Actual Loops': 3 },
      ],
      'Sort Key': ['n'],
    });
  });

  it('lists of anything else are joined', () => {
    expect(readJson('{"a": [1], "a": [{"n": 1}], "a": [1]}', 'f')).toEqual({ a: [1, { n: 1 }, 1] });
  });

  it('objects are merged, the later value counts', () => {
    expect(readJson('{"a": {"x": 1, "y": 1}, "a": {"y": 2, "z": 3}}', 'f')).toEqual({
      a: { x: 1, y: 2, z: 3 },
    });
  });

  it('of simple values, and of those of different kinds, the later counts as it does for JSON.parse', () => {
    for (const text of [
      '{"a": 1, "a": 2}',
      '{"a": [1], "a": {"b": 1}}',
      '{"a": {"b": 1}, "a": [1]}',
      '{"a": [1], "a": null}',
      '{"a": null, "a": [1]}',
      '{"a": "", "a": 0}',
    ])
      expect(readJson(text, 'f'), text).toEqual(JSON.parse(text));
  });

  it('belongs to its plan: a key that every object inherits is not set before', () => {
    const text = '{"constructor": {"a": 1}, "toString": [1], "hasOwnProperty": 1, "valueOf": {}}';
    expect(readJson(text, 'f')).toEqual(JSON.parse(text));
  });
});

describe('numbers', () => {
  it.each([
    // 2^53 − 1 is the last safe one.
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['-5184827403123471212', '-5184827403123471212'],
    ['18446744073709551615', '18446744073709551615'],
    ['0', 0],
    ['-0', -0],
    ['1.50', 1.5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['10000000000.00', 1e10],
    ['0.1', 0.1],
  ])('%s', (text, value) => {
    expect(readJson(`[${text}]`, 'f')).toEqual([value]);
    expect(readJson(text, 'f')).toBe(value);
  });

  it.each(['01', '+1', '.5', '1.', '1e', '0x10', '-', '--1', '1_000', 'Infinity'])('%s is none', text => {
    expect(() => JSON.parse(text)).toThrow();
    expect(errorOf(text).code).toBe('plan-invalid');
  });
});

describe('__proto__', () => {
  it('is a key like any other', () => {
    const text = '{"__proto__": {"polluted": true}, "a": {"__proto__": 1}}';
    const value = readJson(text, 'f');
    expect(value).toEqual(JSON.parse(text));
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('twice is merged like any other', () => {
    const value = readJson('{"__proto__": {"x": 1}, "__proto__": {"y": 2}}', 'f');
    expect(Object.entries(value as object)).toEqual([['__proto__', { x: 1, y: 2 }]]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('inside what is merged stays a key', () => {
    const value = readJson('{"a": {"__proto__": {"x": 1}}, "a": {"b": 2}}', 'f') as { readonly a: object };
    expect(Object.keys(value.a).sort()).toEqual(['__proto__', 'b']);
    expect(Object.getPrototypeOf(value.a)).toBe(Object.prototype);
  });
});

describe('the quick way', () => {
  const quick = (text: string) => atOnce(readPlainJson(text));

  it.each(['{"a": [1, {"b": "\\"x: 1"}]}', '[{"a": "{"}, null, true, -1.5e3]', ' [] '])('%s', text => {
    expect(quick(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['a key twice', '{"a": [1], "a": [2]}'],
    ['a key twice, and a blank before a colon', '{"a": 1, "a": 2, "b" : 3}'],
    ['a long integer', '{"a": -3416356442043621232}'],
    ['a comment', '{"a": 1} // note'],
    ['what is no document', '"a"'],
  ])('is not taken for %s', (_, text) => {
    expect(quick(text)).toBeUndefined();
  });
});

describe('depth', () => {
  const DEEP = 200_000;

  it('200,000 levels are read without recursion', () => {
    let value = readJson('['.repeat(DEEP) + ']'.repeat(DEEP), 'f');
    let levels = 0;
    for (; Array.isArray(value); value = value[0]) levels++;
    expect(levels).toBe(DEEP);
  });

  it.each([
    ['lists', '[', 1],
    ['objects', '{"a":', 5],
  ])('200,000 open %s fail at their end', (_what, opening, width) => {
    const error = errorOf(opening.repeat(DEEP));
    expect(error.code).toBe('plan-invalid');
    expect(error.location).toMatchObject({ line: 1, column: DEEP * width + 1 });
    // A caret is printed under part of the line, not under a million characters.
    expect((error.location?.text ?? '').length).toBeLessThan(1000);
  });
});

describe('whatever the text', () => {
  /** Without an integer that would stay text. JSON.stringify, which fast-check uses, never writes a key twice. */
  const safe = (value: unknown): boolean =>
    !JSON.stringify(value, (_key, part) =>
      typeof part === 'number' && Number.isInteger(part) && !Number.isSafeInteger(part) ? 'BIG' : part,
    ).includes('"BIG"');

  it('equals JSON.parse', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
        const value: unknown = JSON.parse(json);
        fc.pre(safe(value));
        const text = JSON.stringify(value, null, indent);
        expect(readJson(json, 'f')).toEqual(value);
        expect(readJson(text, 'f')).toEqual(value);
        expect(JSON.stringify(readJson(text, 'f'))).toBe(JSON.stringify(value));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives a value where JSON.parse does, and elsewhere only for notes', () => {
    const token = fc.constantFrom(
      ...'{}[],:"\\ \n\t-+.0159eEua/*\u0000\u00a0\ufeff',
      'true',
      'false',
      'null',
      '"a"',
      '"\\u00e9"',
      '"\\ud800"',
      '//',
    );
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.array(token, { maxLength: 12 }).map(parts => parts.join('')),
      // A valid text with one character gone or put in.
      fc.tuple(fc.json(), fc.nat(), token).map(([json, at, put]) => {
        const i = at % (json.length + 1);
        return json.slice(0, i) + put + json.slice(i);
      }),
      fc.tuple(fc.json(), fc.nat()).map(([json, at]) => {
        const i = at % json.length;
        return json.slice(0, i) + json.slice(i + 1);
      }),
    );
    fc.assert(
      fc.property(text, one => {
        let parses = true;
        try {
          JSON.parse(one);
        } catch {
          parses = false;
        }
        let reads = true;
        try {
          readJson(one, 'f');
        } catch (error) {
          expect(error).toBeInstanceOf(PgoptError);
          expect((error as PgoptError).message).not.toContain('\n');
          reads = false;
        }
        if (parses || !/\/[/*]/.test(one)) expect(reads).toBe(parses);
      }),
      { numRuns: 5000 },
    );
  });
});
