/** Every recorded plan, cut and wrapped at some width from 60 to 200: read with every node and figure, or refused. */
import { describe, expect, it } from 'vitest';
import { PgoptError } from '../../../src/base/errors.ts';
import type { Json } from '../../../src/base/json.ts';
import { readPlans } from '../../../src/plan/input/read.ts';
import { allFixtures, fixtureText } from '../plans.ts';

const texts = allFixtures('txt').map(name => fixtureText(name, 'txt').trimEnd());

type Lines = readonly string[];

const pieces = (line: string, width: number): Lines =>
  Array.from({ length: Math.max(1, Math.ceil(line.length / width)) }, (_, i) =>
    line.slice(i * width, (i + 1) * width),
  );
const folded = (lines: Lines, width: number) => lines.flatMap(line => pieces(line, width));

/** As mail programs do: between words, the blank is gone; `hanging` stands in front of what goes on. */
function wrapped(lines: Lines, width: number, hanging = ''): Lines {
  return lines.flatMap(line => {
    const out: string[] = [];
    let rest = line;
    while (rest.length > width) {
      const at = rest.lastIndexOf(' ', width);
      const isIndent = at < 0 || rest.slice(0, at).trim() === '';
      const end = isIndent ? width : at;
      out.push(rest.slice(0, end).trimEnd());
      rest = hanging + rest.slice(end).trimStart();
    }
    return [...out, rest];
  });
}

function table(lines: Lines, [corner, across, down] = ['+', '-', '|']): Lines {
  const width = Math.max(10, ...lines.map(({ length }) => length));
  const rule = corner + across.repeat(width + 2) + corner;
  const row = (line: string) => `${down} ${line.padEnd(width)} ${down}`;
  return [rule, row('QUERY PLAN'), rule, ...lines.map(row), rule, `(${lines.length} rows)`];
}

const aligned = (lines: Lines): Lines => {
  const width = Math.max(10, ...lines.map(({ length }) => length));
  return [` ${'QUERY PLAN'.padStart(width / 2)}`, '-'.repeat(width + 2), ...lines.map(line => ` ${line}`)];
};
const records = (lines: Lines): Lines =>
  lines.flatMap((line, i) => [`-[ RECORD ${i + 1} ]${'-'.repeat(30)}`, `QUERY PLAN | ${line}`]);
const logged = (prefix: string) => (lines: Lines) =>
  [
    '2024-05-13 10:00:00.123 UTC [77] LOG:  duration: 13.817 ms  plan:',
    '\tQuery Text: SELECT 1',
    ...lines.map(line => `\t${line}`),
  ].map(line => prefix + line);
const cells = (quote: string) => (lines: Lines) =>
  lines.map(line => quote + line.replaceAll(quote, quote + quote) + quote);

const WRAPPERS: Readonly<Record<string, (lines: Lines, width: number) => Lines>> = {
  'cut at a width': folded,
  'cut, blanks at the ends taken away': (lines, width) => folded(lines, width).map(line => line.trimEnd()),
  'cut, then quoted in a mail': (lines, width) => folded(lines, width).map(line => `> ${line}`),
  'psql, cut': (lines, width) => folded(aligned(lines), width),
  'psql with borders, cut': (lines, width) => folded(table(lines), width),
  'psql in unicode, cut': (lines, width) => folded(table(lines, ['┼', '─', '│']), width),
  'psql, expanded, cut': (lines, width) => folded(records(lines), width),
  'cells in quotes, cut': (lines, width) => folded(cells('"')(lines), width),
  'cells in single quotes, cut': (lines, width) => folded(cells("'")(lines), width),
  'a log, cut': (lines, width) => folded(logged('')(lines), width),
  'docker compose, cut': (lines, width) => folded(logged('db-1  | ')(lines), Math.max(width, 90)),
  'broken between words': (lines, width) => wrapped(lines, width),
  'broken between words, indented': (lines, width) => wrapped(lines, width, '    '),
  'broken between words, then quoted': (lines, width) => wrapped(lines, width).map(line => `> ${line}`),
};
/** What is lost cannot be read. */
const LOSSES: typeof WRAPPERS = {
  'cut off with dots': (lines, width) =>
    lines.map(line => (line.length > width ? `${line.slice(0, width - 3)}...` : line)),
  'cut off in the figures': lines =>
    lines.map(line => line.replace(/(rows=\d+ )(?:width|loops)=\d+\)$/, '$1')),
};

/** The statement's numbers and names, as JSON; the words of conditions and lists may have one blank more or less. */
const skeleton = (plans: readonly Json[]): string =>
  JSON.stringify(plans, (key, value: unknown) => {
    if (key === 'Duration' || key === 'Query Text' || key === 'Settings') return undefined;
    return typeof value === 'string' && !/(?:Name|Type|Alias|Schema|Strategy|Mode)$/.test(key)
      ? 'text'
      : value;
  });

/** undefined where it is refused, with a line. */
function outcome(lines: Lines): readonly Json[] | undefined {
  try {
    return readPlans(lines.join('\n'), 'plan.txt');
  } catch (error) {
    if (!(error instanceof PgoptError)) throw error;
    expect(error.location?.line).toBeGreaterThan(0);
    return undefined;
  }
}

const cases = texts.map((text, i) => {
  const lines = text.split('\n');
  const plans = readPlans(text, 'plan.txt');
  return { lines, width: 60 + ((i * 37) % 141), statements: plans.length, expected: skeleton(plans) };
});

describe('a plan that was wrapped', () => {
  it.each(Object.entries(WRAPPERS))('%s', (name, wrap) => {
    let tried = 0;
    let refused = 0;
    for (const { lines, width, statements, expected } of cases) {
      // A log's entry holds one statement.
      if (statements > 1 && /log|compose/.test(name)) continue;
      tried++;
      const read = outcome(wrap(lines, width));
      if (read === undefined) refused++;
      else if (skeleton(read) !== expected)
        expect(JSON.parse(skeleton(read)), wrap(lines, width).join('\n')).toEqual(JSON.parse(expected));
    }
    expect(tried).toBeGreaterThan(700);
    // Where nothing shows whether a name was cut or two names stood there, a refusal is right.
    expect(refused).toBeLessThan(tried * 0.02);
  });

  it.each(Object.entries(LOSSES))('%s: never read', (_name, cut) => {
    for (const { lines, width } of cases) {
      const rest = cut(lines, width);
      if (rest.some((line, i) => line !== lines[i]) && outcome(rest) !== undefined)
        expect.fail(rest.join('\n'));
    }
  });
});
