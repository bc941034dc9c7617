import { describe, expect, it } from 'vitest';
import { annotation, group, inert, inertJson } from '../../../src/base/workflowCommands.ts';
import type { ComparableQuery } from '../../../src/report/baseline/baseline.ts';
import { compareWithBaseline } from '../../../src/report/baseline/compare.ts';
import { githubLog, jobSummary, SUMMARY_BYTES } from '../../../src/report/baseline/githubLog.ts';
import { comparisonText } from '../../../src/report/baseline/text.ts';
import { checked, query, side } from './documents.ts';

const INDEX = 'Index Scan using i on orders';
const SEQ = 'Seq Scan on orders';
const HOSTILE =
  '::error::a\u001b[2J\n::add-mask::b ##[error]c | <img src=x onerror=y> [l](http://e) `c` @all #1 100%';

const compared = (then: ComparableQuery[], now: ComparableQuery[]) =>
  compareWithBaseline('plans.json', checked(then), checked(now));
const worse = (title: string) =>
  compared([query('q', side(INDEX), { title })], [query('q', side(SEQ), { title })]);

describe('a workflow command', () => {
  it('escapes what would end its message or its properties', () => {
    expect(annotation('error', { file: 'a,b:c%.sql', title: 'x: y, 100%' }, ['50%', 'a::b, c'])).toBe(
      '::error file=a%2Cb%3Ac%25.sql,title=x%3A y%2C 100%25::50%25%0Aa::b, c',
    );
  });
  it('is one line, whatever the data', () => {
    expect(annotation('notice', { title: HOSTILE }, [HOSTILE]).split(/[\r\n]/)).toHaveLength(1);
    expect(annotation('notice', { title: 't' }, ['x'.repeat(10_000)]).length).toBeLessThan(4100);
  });
  it('is none that JSON gives, whose data stays the same', () => {
    const data = { text: '##[error]::error::' };
    expect(inertJson(JSON.stringify(data))).not.toContain('##[');
    expect(JSON.parse(inertJson(JSON.stringify(data)))).toEqual(data);
  });
  it('is none that data gave', () => {
    expect(inert('a\n::error::b\n  ::warning::c\nd ::e:: ##[error]')).toBe(
      '  a\n  : :error::b\n    : :warning::c\n  d ::e:: ## [error]',
    );
    expect(group('t\nu', '::endgroup::')).toBe('::group::t␊u\n  : :endgroup::\n::endgroup::');
  });
});

describe('the log of GitHub Actions', () => {
  const commands = (text: string) => text.split('\n').flatMap(line => /^::(\w+)/.exec(line)?.[1] ?? []);
  it('has an error for each query that got worse, beside its file', () => {
    const log = githubLog(worse('A'), [], id => `queries/${id}.sql`);
    expect(log).toMatch(
      /^::error file=queries\/q\.sql,title=Worse than the baseline%3A A::A: WORSE: index scan/m,
    );
    expect(commands(log)).toEqual(['error', 'group', 'endgroup']);
  });
  it('has no file for one that is outside of the workspace', () => {
    expect(githubLog(worse('A'), [], () => undefined)).toMatch(/^::error title=/m);
  });
  it('shares one warning among all that are slower', () => {
    const slow = side(SEQ, { medianMs: 20, runsMs: [20, 20, 20, 20] });
    const ids = ['a', 'b'];
    const log = githubLog(
      compared(
        ids.map(id => query(id, side(SEQ))),
        ids.map(id => query(id, slow)),
      ),
      [],
      () => undefined,
    );
    expect(commands(log).filter(name => name === 'warning')).toHaveLength(1);
    expect(log).toMatch(
      /^::warning title=Slower than in the baseline::a: 2\.0× slower: 10 ms → 20 ms%0Ab: 2\.0×/m,
    );
  });
  it('warns of each that is slower by another plan, beside its file', () => {
    const slow = side(`Sort\n  ${SEQ}`, { medianMs: 20, runsMs: [20, 20, 20, 20] });
    const log = githubLog(compared([query('a', side(SEQ))], [query('a', slow)]), [], id => id);
    expect(log).toMatch(
      /^::warning file=a,title=Slower%2C with another plan%3A a::a: slower: another plan%0A2\.0× slower/m,
    );
    expect(commands(log).filter(name => name === 'warning')).toHaveLength(1);
  });
  it('obeys no query', () => {
    const log = githubLog(worse(HOSTILE), [], () => undefined);
    expect(commands(log)).toEqual(['error', 'group', 'endgroup']);
    expect(
      log
        .split('\n')
        .filter(line => !line.startsWith('::'))
        .join('\n'),
    ).not.toContain('##[');
    expect(log).not.toContain('\u001b');
  });
});

describe('the text of a comparison', () => {
  it('is the same for any log: a verdict, a table, and how plans differ', () => {
    const then = [
      query('01', side(INDEX), { title: 'One' }),
      query('02', side(SEQ), { number: 2 }),
      query('03', side(SEQ)),
    ];
    const now = [query('01', side(SEQ), { title: 'One' }), query('02', side(SEQ), { number: 2 })];
    expect(
      comparisonText(compared(then, now), []),
    ).toBe(`Compared with plans.json (2026-11-20 09:12 UTC, pgopt-explore 0.1.0): 1 of 2 queries got WORSE, 1 as before, 1 gone

#  query  baseline    now  compared with the baseline
─  ─────  ────────  ─────  ────────────────────────────────────────
1  One       10 ms  10 ms  WORSE: index scan became sequential scan
2  02        10 ms  10 ms  as before
–  03                      gone

query 1, One: WORSE: index scan became sequential scan
  orders was read through an index, and is read sequentially now: Index Scan using i on orders → Seq Scan on orders
  plan, baseline (-) and now (+):
  - Index Scan using i on orders
  + Seq Scan on orders
`);
  });
  it('names the side where the proposals make one', () => {
    const on = { proposals: [{ id: 'i', kind: 'index', on: true }] };
    const then = checked([query('q', side(INDEX), { before: side(INDEX) })], on);
    const now = checked([query('q', side(INDEX), { before: side(SEQ), samePlan: false })], on);
    const text = comparisonText(compareWithBaseline('plans.json', then, now), []);
    expect(text).toContain('\n  before: the database as it is; after: with i\n');
    expect(text).toContain('\n  before: orders was read through an index');
    expect(text).toContain('\n  plan before, baseline (-) and now (+):\n');
  });
  it('stays short, however long what it speaks of', () => {
    const long = `${'`x'.repeat(1_000_000)}`;
    const then = [query('q', side(long), { title: long }), query('gone', side(SEQ), { title: `g${long}` })];
    const comparison = compared(then, [
      query('q', side('', { failure: long, fingerprint: null }), { title: long }),
    ]);
    for (const text of [
      comparisonText(comparison, []),
      githubLog(comparison, [], () => undefined),
      jobSummary(comparison, [], SUMMARY_BYTES),
    ])
      expect(text.length).toBeLessThan(20_000);
  });
  it('sends nothing to the terminal', () => {
    const failing = side('', { failure: HOSTILE, fingerprint: null });
    const text = comparisonText(
      compared([query('q', side(SEQ), { title: HOSTILE })], [query('q', failing, { title: HOSTILE })]),
      [],
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('a check that fails by itself', () => {
  const same = compared([query('q', side(SEQ))], [query('q', side(SEQ))]);
  const failures = ['REQ-08, No large scans: 1 scan', `p: failed: ${HOSTILE}`];
  it('says why, although nothing got worse', () => {
    const log = githubLog(same, failures, () => undefined);
    expect(log).toMatch(
      /^::error title=The check fails%2C whatever the baseline::REQ-08, No large scans: 1 scan%0Ap: failed/m,
    );
    expect(comparisonText(same, failures)).toMatch(
      /\nThe check fails, whatever the baseline:\n {2}REQ-08, No large scans: 1 scan\n {2}p: failed/,
    );
    expect(jobSummary(same, failures, SUMMARY_BYTES)).toContain(
      '- **The check fails, whatever the baseline:** REQ-08, No large scans: 1 scan\n',
    );
  });
  it('gives no command with it', () => {
    expect(githubLog(same, failures, () => undefined).match(/^::/gm)).toHaveLength(1);
  });
});

describe('a requirement that still fails', () => {
  const same = {
    ...compared([query('q', side(SEQ))], [query('q', side(SEQ))]),
    stillFailing: [{ id: 'REQ-08', title: 'No large scans', text: `1 scan ${HOSTILE}` }],
  };
  it('is reported everywhere, and not as an error', () => {
    expect(comparisonText(same, [])).toMatch(
      /\nStill failing, as in the baseline \(fails nothing here\):\n {2}REQ-08, No large scans: 1 scan /,
    );
    const commands = githubLog(same, [], () => undefined).match(/^::.*/gm);
    expect(commands).toHaveLength(1);
    expect(commands?.[0]).toMatch(
      /^::warning title=Still failing%2C as in the baseline \(fails nothing here\)::REQ-08/,
    );
    expect(jobSummary(same, [], SUMMARY_BYTES)).toContain(
      '- Still failing, as in the baseline (fails nothing here): REQ-08, No large scans: 1 scan ',
    );
  });
});

describe('the job summary', () => {
  it('has the verdict, a row for each query, and plans that fold', () => {
    const text = jobSummary(worse('A'), [], SUMMARY_BYTES);
    expect(text).toMatch(/^## Plans: 1 of 1 query got WORSE\n/);
    expect(text).toContain('| 1 | A | 10 ms | 10 ms | **WORSE: index scan became sequential scan** |\n');
    expect(text).toContain(
      '\n```diff\n- Index Scan using i on orders\n+ Seq Scan on orders\n```\n\n</details>\n',
    );
  });
  it('lets no data become a tag, a link or another cell', () => {
    const text = jobSummary(worse(HOSTILE), [], SUMMARY_BYTES);
    const tags = text.match(/<[^>]*>/g);
    expect(tags).toEqual(['<details open>', '<summary>', '</summary>', '</details>']);
    const row = text.split('\n').find(line => line.startsWith('| 1 |')) ?? '';
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(6);
    expect(row).not.toMatch(/(?<!\\)[[\]`]|@(?!&#8288;)/);
  });
  it('stays within what GitHub takes, and says what it left out', () => {
    const many = Array.from({ length: 3000 }, (_, i) => `q${i}`);
    const long = 'é'.repeat(2000);
    const text = jobSummary(
      compared(
        many.map(id => query(id, side(INDEX), { title: id + long })),
        many.map(id => query(id, side(SEQ), { title: id + long })),
      ),
      [],
      SUMMARY_BYTES,
    );
    const bytes = Buffer.byteLength(text);
    expect(bytes).toBeLessThanOrEqual(SUMMARY_BYTES);
    expect(bytes).toBeGreaterThan(SUMMARY_BYTES - 4000);
    expect(text).toMatch(/\d+ more rows and plans did not fit: GitHub accepts at most 1 MiB\.\n$/);
    expect(jobSummary(worse('A'), [], 100)).toBe('');
  });
});
