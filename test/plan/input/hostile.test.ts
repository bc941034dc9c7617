/** Whatever comes in: a result or a PgoptError, soon, and never a stack that overflows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PgoptError } from '../../../src/base/errors.ts';
import { readPlans } from '../../../src/plan/input/read.ts';
import { parsePlan } from '../../../src/plan/parse.ts';
import { flattenPlan } from '../../../src/plan/tree.ts';
import { anyCharacter } from '../../helpers/anyCharacter.ts';

/** Number of plans, or why there are none. */
function outcome(text: string): number | PgoptError {
  try {
    return readPlans(text, 'x').length;
  } catch (error) {
    if (error instanceof PgoptError) return error;
    throw error;
  }
}

const PIECES = [
  '->  ',
  'Sort',
  'Hash Join',
  'Seq Scan on t',
  '  (cost=0.00..1.00 rows=1 width=4)',
  ' (actual ',
  ' (never executed)',
  '\n',
  '\n  ',
  '\n        ',
  '\t',
  '\r\n',
  "'",
  '"',
  '(',
  ')',
  '[',
  '{',
  '}',
  ']',
  ',',
  ': ',
  '|',
  '+',
  'Filter: ',
  'Output: ',
  'Buffers: shared hit=',
  '1',
  'Worker 0:  ',
  'JIT:',
  'Planning:',
  'Group Key: ',
  'Sort Key: ',
  'Task',
  'Distributed Subplan 1_1',
  'MapMergeJob',
  'Custom Scan (Citus Adaptive)',
  'Task Count: 1',
  'InitPlan 1',
  'CTE x',
  'Query Text: ',
  'duration: 1.5 ms  plan:',
  'LOG:  ',
  '#011',
  'postgres[1]: [1-2] ',
  'QUERY PLAN',
  '-----',
  '(1 row)',
  '-[ RECORD 1 ]',
  '{"Plan": {"Node Type": "Sort"}}',
  '"message":',
  '```',
  '> ',
  '&gt;',
  'Settings: a = ',
  'Trigger x: calls=1',
  'Update on t',
  'Execution Time: 1 ms',
  '…',
  '.',
  '\u0000',
  '\uFEFF',
  '__proto__: 1',
];

describe('any text', () => {
  it('is read or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: anyCharacter, maxLength: 300 }),
          fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map(pieces => pieces.join('')),
        ),
        text => {
          const result = outcome(text);
          if (result instanceof PgoptError) expect(result.code).toBe('plan-invalid');
          else expect(result).toBeGreaterThan(0);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('that is a plan but for some characters is read or refused, and what is read can be parsed', () => {
    const text =
      "Sort  (cost=1.00..2.00 rows=1 width=4)\n  Sort Key: a, b\n  ->  Seq Scan on t x  (cost=0.00..1.00 rows=1 width=4)\n        Filter: (a = 'b')\nPlanning Time: 0.5 ms";
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(20), fc.constantFrom(...PIECES), (at, length, piece) => {
        const broken = `${text.slice(0, at)}${piece}${text.slice(at + length)}\n\n${text}`;
        if (typeof outcome(broken) === 'number') for (const plan of readPlans(broken, 'x')) parsePlan(plan);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('long texts', () => {
  const N = 300_000;
  /** A reader that looks at all other lines for each of these is busy for minutes. */
  const LINES = 100_000;
  const head = 'Sort  (cost=0.00..1.00 rows=1 width=4)\n';
  it.each<[string, string]>([
    ['blanks', ' '.repeat(N)],
    ['tabs in a row', `${'\t'.repeat(N)}x`],
    ['empty lines', '\n'.repeat(LINES)],
    ['parentheses', '('.repeat(N)],
    ['open brackets, one a line', '[\n'.repeat(LINES)],
    ['quotes', '"'.repeat(N)],
    ['quotes, one a line', '"\n'.repeat(LINES)],
    ['bars', '|'.repeat(N)],
    ['mail quotes', '>'.repeat(N)],
    ['arrows', '->'.repeat(N)],
    ['arrows, one a line', '->  A\n'.repeat(N / 10)],
    ['arrows, ever deeper', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}->  A`).join('\n')],
    ['unclosed costs', `${head}${'  ->  Sort  (cost=\n'.repeat(N / 20)}`],
    ['digits', `Sort  (cost=${'1'.repeat(N)}`],
    ['an unclosed text', `${head}  Filter: '${'a\n'.repeat(LINES)}`],
    ['continuations', `${head}${'foo\n'.repeat(LINES)}`],
    ['commas', `${head}  Output: ${', '.repeat(N)}`],
    ['settings', `${head}Settings: ${', a.a.a'.repeat(N / 10)}`],
    ['tables', `${head}${'  Update on x\n'.repeat(N / 10)}`],
    [
      'workers',
      `${head}${Array.from({ length: N / 10 }, (_, i) => `  Worker ${i}:  actual rows=1 loops=1`).join('\n')}`,
    ],
    ['entries of a log', 'LOG:  duration: 1.0 ms  plan:\n\tSort\n'.repeat(N / 30)],
    ['cells of a log that never end', 'a,"duration: 1.0 ms  plan:\n""'.repeat(N / 30)],
    ['documents', '{"Plan":{"Node Type":"Result"}}\n'.repeat(N / 30)],
    ['wraps of psql', `QUERY PLAN\na.\n${'.b.\n'.repeat(N / 4)}`],
    ['names in quotes', `Seq Scan on "${'""'.repeat(N)}`],
    ['tasks', `Custom Scan (Citus Adaptive)\n${'  ->  Task\n        ->  Sort\n'.repeat(N / 30)}`],
  ])(
    '%s',
    (_what, text) => {
      expect(() => outcome(text)).not.toThrow();
    },
    10_000,
  );
});

describe('large plans', () => {
  const figures = '  (cost=0.00..1.00 rows=1 width=4) (actual time=0.100..0.200 rows=1 loops=1)';

  it('with 20,000 nodes side by side', () => {
    const scans = Array.from(
      { length: 20_000 },
      (_, i) => `  ->  Seq Scan on t${i}${figures}\n        Filter: (a = ${i})`,
    );
    const [plan] = readPlans(`Append${figures}\n${scans.join('\n')}`, 'x');
    const nodes = flattenPlan(parsePlan(plan));
    expect(nodes).toHaveLength(20_001);
    expect(nodes.at(-1)).toMatchObject({ depth: 1, relation: 't19999', parentRelationship: 'Member' });
  });

  it('2,000 levels deep', () => {
    const sorts = Array.from(
      { length: 2000 },
      (_, i) => `${' '.repeat(2 + 6 * i)}->  Sort${figures}\n${' '.repeat(8 + 6 * i)}Sort Key: c${i}`,
    );
    const [plan] = readPlans(`Limit${figures}\n${sorts.join('\n')}\nExecution Time: 1.5 ms`, 'x');
    const nodes = flattenPlan(parsePlan(plan));
    expect(nodes).toHaveLength(2001);
    expect(nodes.at(-1)).toMatchObject({ depth: 2000, raw: { 'Sort Key': ['c1999'] } });
    expect(plan).toMatchObject({ 'Execution Time': 1.5 });
  });
});

describe('XML and YAML of an attacker', () => {
  const refused = (text: string) => {
    const result = outcome(text);
    if (!(result instanceof PgoptError)) throw new Error('it was read');
    return result;
  };
  const yaml = (more: string) => `- Plan:\n    Node Type: "Result"\n${more}`;

  it('entities are not expanded', () => {
    const bomb = `<!DOCTYPE explain [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "&a;&a;">]>\n`;
    const text = `${bomb}<explain><Query><Plan><Node-Type>&b;</Node-Type></Plan></Query></explain>`;
    expect(refused(text).message).toContain('not XML');
  });

  it('aliases are refused', () => {
    const bomb = yaml(`    A: &a ["x", "x"]\n    B: &b [*a, *a]\n    C: [*b, *b]\n`);
    expect(refused(bomb).message).toContain('aliases');
  });

  it.each([
    [
      'XML',
      '<explain><Query><__proto__><x>1</x></__proto__><Plan><Node-Type>Result</Node-Type></Plan></Query></explain>',
    ],
    ['YAML', yaml('    __proto__:\n      x: 1\n')],
  ])('prototypes stay as they are: %s', (_format, text) => {
    readPlans(text, 'x');
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('YAML of nothing but quotes is refused at once', () => {
    const started = performance.now();
    expect(refused(yaml(`    Filter: "${'"'.repeat(1_000_000)}\n`)).location).toMatchObject({ line: 3 });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('XML 20,000 levels deep is read, YAML is refused', () => {
    const levels = 20_000;
    const node = '<Plan><Node-Type>Sort</Node-Type><Plans>\n';
    const xml = `<explain><Query>${node.repeat(levels)}<Plan><Node-Type>Result</Node-Type></Plan>${'</Plans></Plan>\n'.repeat(levels)}</Query></explain>`;
    expect(flattenPlan(parsePlan(readPlans(xml, 'x')[0]))).toHaveLength(levels + 1);
    const deep = Array.from(
      { length: 2000 },
      (_, i) =>
        `${' '.repeat(4 + 6 * i)}Node Type: "Sort"\n${' '.repeat(4 + 6 * i)}Plans:\n${' '.repeat(6 + 6 * i)}- Parallel Aware: false`,
    );
    expect(refused(`- Plan:\n${deep.join('\n')}`).message).toContain('levels deep');
  });

  it('what breaks off has its line', () => {
    expect(refused('<explain>\n<Query>\n<Plan></Query>\n</explain>').location).toMatchObject({ line: 3 });
    expect(refused(yaml('    Filter: "(a\n')).location?.line).toBeGreaterThan(0);
  });
});
