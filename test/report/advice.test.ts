import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { plot } from '../../src/advisor/advice/plot.ts';
import { letterOf, lettersText } from '../../src/advisor/advice/words.ts';
import type { Survey } from '../../src/advisor/survey.ts';
import { decisionsOf } from '../../src/report/advice/decisions.ts';
import { adviceDocument } from '../../src/report/advice/document.ts';
import { adviceScreen } from '../../src/report/advice/screenText.ts';
import { adviceText } from '../../src/report/advice/text.ts';
import { wrap } from '../../src/report/advice/wrap.ts';
import type { AnswerCheck } from '../../src/session/events.ts';
import { storageRequirement, timeRequirements } from '../helpers/demands.ts';
import { keysOf, namesIn, readDocument } from '../helpers/documents.ts';
import { planOf, proposalOf, queryOf, surveyOf } from '../helpers/surveys.ts';

const MB = 1024 ** 2;
const ABOUT = {
  program: '1.0.0',
  at: '2026-03-01T12:00:00.000Z',
  title: 'E-commerce analytics',
  target: { label: 'shop on db.example.com', serverVersion: '15.4' },
};

/** The demo's shape: four indexes, a view, and an index to drop. */
const PROPOSALS = [
  proposalOf('idx_orders_date_status', { bytes: 120 * MB, buildMs: 4200, writeMs: 0.02 }),
  proposalOf('idx_order_items_product_order', { bytes: 310 * MB, buildMs: 9100, writeMs: 0.05 }),
  proposalOf('idx_order_items_product_covering', { bytes: 420 * MB, buildMs: 9900, writeMs: 0.06 }),
  proposalOf('idx_inventory_restock', { bytes: 3 * MB, buildMs: 60, writeMs: 0.01 }),
  proposalOf('customer_lifetime_stats', {
    kind: 'view',
    bytes: 95 * MB,
    buildMs: 14_000,
    refreshMs: 13_500,
    writeMs: 0,
  }),
  proposalOf('drop_idx_orders_status', { kind: 'drop', freedBytes: 60 * MB, writeMs: 0 }),
];
const [A, B, C, E, F] = [1, 2, 4, 16, 32];

const QUERIES = [
  queryOf('01-daily-revenue-trend', 6, [planOf(2900), planOf(640, A)], seen => (seen & A ? 1 : 0), {
    number: 1,
    title: 'Daily revenue trend',
    targetMs: 2000,
    callsADay: 500,
  }),
  queryOf(
    '02-top-products-by-category',
    6,
    [planOf(8100), planOf(1900, B), planOf(1880, C)],
    seen => (seen & C ? 2 : seen & B ? 1 : 0),
    { number: 2, title: 'Top products by category', targetMs: 2000, callsADay: 200 },
  ),
  queryOf(
    '03-customer-cohort-analysis',
    6,
    [planOf({ stopped: 30_000 }), planOf(5200, A | B)],
    seen => ((seen & (A | B)) === (A | B) ? 1 : 0),
    { number: 3, title: 'Customer cohort analysis', targetMs: 2000, callsADay: 20 },
  ),
  queryOf(
    '04-inventory-turnover',
    6,
    [planOf(35, F), planOf(74, B), planOf(36)],
    seen => (seen & B ? 1 : seen & F ? 0 : 2),
    { number: 4, title: 'Inventory turnover', targetMs: 2000, callsADay: 1000 },
  ),
  queryOf(
    '05-customer-lifetime-value',
    6,
    [planOf(11_000), { ...planOf(90, E), rewrite: 'customer_lifetime_stats' }],
    seen => (seen & E ? 1 : 0),
    { number: 5, title: 'Customer lifetime value \u001b[31m', targetMs: 2000, callsADay: 50 },
  ),
];

const SURVEY = surveyOf(PROPOSALS, QUERIES, {
  leftOut: [{ id: 'idx_broken', reason: 'column "nope" does not exist' }],
  answers: new Map([
    ['05-customer-lifetime-value@customer_lifetime_stats', { verdict: 'same' } as AnswerCheck],
  ]),
});

const documentOf = (survey: Survey) =>
  adviceDocument(survey, [...timeRequirements(survey), storageRequirement(survey, 2 * 1024 * MB)], ABOUT);

describe('the text of an advice', () => {
  it.each([80, 100, 120])('fits %i columns, and reads as it did', async width => {
    const text = adviceText(documentOf(SURVEY), width);
    for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    if (width !== 100) await expect(text).toMatchFileSnapshot(`texts/advice-${width}.txt`);
  });
});

describe('the first screen of an advice', () => {
  // The demo has six queries, four indexes and a view.
  const demo = documentOf(surveyOf(PROPOSALS.slice(0, 5), QUERIES, { answers: SURVEY.answers }));

  it.each([80, 100, 120])('fits %i columns and 24 rows, and reads as it did', async width => {
    const text = adviceScreen(demo, width);
    for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
    // The last row is the shell's.
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(23);
    await expect(text).toMatchFileSnapshot(`texts/advice-screen-${width}.txt`);
  });

  it('begins with the answer, unless a rewrite returns something else', () => {
    expect(adviceScreen(demo, 200)).toMatch(/^Keep idx_orders_date_status, .* and adds 525 MB\.\n/);
    const answers = new Map([
      ['05-customer-lifetime-value@customer_lifetime_stats', { verdict: 'different' } as AnswerCheck],
    ]);
    expect(adviceScreen(documentOf({ ...SURVEY, answers }), 200)).toMatch(/^NOT THE SAME ANSWER/);
  });

  it('neither keeps nor leaves what was not measured, and says what is uncertain', () => {
    const queries = SURVEY.queries.map(query => ({
      ...query,
      plans: query.plans.map(({ uses }) => planOf(undefined, uses)),
    }));
    const text = adviceScreen(
      documentOf({ ...SURVEY, queries, complete: false, budgetSpent: true, exact: false }),
      100,
    );
    expect(text).toMatch(/^No recommendation: no query was measured\./);
    expect(text).toMatch(/^\? {6}idx_orders_date_status .*\n? *not measured: Daily revenue trend/m);
    expect(text).not.toMatch(/^(keep|drop) /m);
    expect(text).toContain('\nUncertain: The survey was stopped before it was complete.\n');
    expect(text).toContain('  1 more with --verbose.');
  });

  it('gives each proposal a reason', () => {
    const reasons = new Map(
      decisionsOf(documentOf(SURVEY)).map(({ id, verb, reason }) => [id, [verb, reason]]),
    );
    expect(reasons.get('idx_order_items_product_covering')).toEqual([
      'leave',
      'idx_order_items_product_order does the same',
    ]);
    expect(reasons.get('idx_inventory_restock')).toEqual(['leave', 'no plan reads it']);
    expect(reasons.get('drop_idx_orders_status')).toEqual(['drop', 'no query gets slower']);
    expect(reasons.get('idx_broken')).toEqual(['?', 'could not be built: column "nope" does not exist']);
  });
});

describe('what an advice says', () => {
  const said = (known: Partial<Survey>) => adviceText(documentOf({ ...SURVEY, ...known }), 400);

  it('is that nothing is worth it, where nothing is', () => {
    const same = SURVEY.queries.map(query => ({
      ...query,
      plans: [planOf(100)],
      asked: new Map(),
      intervals: [{ lower: 0, upper: 63, plan: 0 }],
    }));
    const text = adviceText(documentOf(surveyOf(PROPOSALS.slice(0, 5), same)), 100);
    expect(text).toContain('Keep nothing: no proposal is worth its costs.');
    expect(text).toContain('It saves no time.');
    expect(text.match(/makes no query clearly faster/g)).toHaveLength(5);
    expect(text).not.toContain('What gets slower');
  });

  it('holds back where nothing was measured', () => {
    const queries = SURVEY.queries.map(query => ({
      ...query,
      plans: query.plans.map(({ uses }) => planOf(undefined, uses)),
    }));
    const text = said({ queries, complete: false });
    expect(text).toContain('Not finished: what follows is what was known when it was stopped.');
    // An index that goes would cost nothing, and frees 60 MB: no reason to drop it untried.
    expect(text).toContain('No recommendation: no query was measured.');
    expect(text).not.toContain('Drop the indexes');
    expect(text).toContain('The frontier is unknown: no configuration was measured.');
    expect(text).toContain('Daily revenue trend: not measured.');
    // No plan ever reads it: that is known without any run.
    expect(text.match(/makes no query clearly faster/g)).toHaveLength(1);
    expect(text).toContain(
      'idx_inventory_restock (3.0 MB) makes no query clearly faster: alone, added to all others, or to what is recommended.',
    );
    expect(text).not.toMatch(/What gets slower|p [=<] 0/);
  });

  it('does not call useless what helps with another, though it clearly helps beside nothing', () => {
    const steps = queryOf('07', 2, [planOf(104), planOf(101.5, 1), planOf(101, 2), planOf(98, 3)], s => s);
    const text = adviceText(
      documentOf(
        surveyOf([proposalOf('first', { bytes: MB }), proposalOf('second', { bytes: MB })], [steps]),
      ),
      400,
    );
    expect(text).toContain('first and second only help together');
    expect(text).not.toContain('help nothing');
  });

  it('leaves out a query that cannot be run, and says so', () => {
    const plans = [{ ...planOf(undefined), failure: 'division by zero' }];
    const broken = queryOf('06', 6, plans, () => 0, { number: 6, title: 'Broken' });
    const text = said({ queries: [...QUERIES, broken] });
    expect(text).toContain('Broken was left out: division by zero');
    expect(text).toContain('Keep idx_orders_date_status, idx_order_items_product_order');
  });

  it('names a rewrite that returns other rows before anything else', () => {
    const answers = new Map([
      ['05-customer-lifetime-value@customer_lifetime_stats', { verdict: 'different' } as AnswerCheck],
    ]);
    const text = said({ answers });
    expect(text).toMatch(/leave +customer_lifetime_stats .* changes the answer of Customer/);
    expect(text).toContain('NOT THE SAME ANSWER: the rewrite @customer_lifetime_stats of Customer');
    expect(text).toContain('Keep idx_orders_date_status, idx_order_items_product_order.');
    expect(text).toContain('(32 configurations left out: a rewrite returns other rows than its query)');
    expect(text).not.toContain('some of their plans did not run');
  });

  it('counts no query that was stopped before and after', () => {
    const slow = queryOf('06', 6, [planOf({ stopped: 30_000 }), planOf({ stopped: 30_000 }, A)], s => s & A, {
      number: 6,
      title: 'Slow',
      targetMs: 2000,
    });
    const text = said({ queries: [...QUERIES, slow] });
    expect(text).toContain('It saves at least 56 min 13 s of > 1 h 11 min a day');
    expect(text).toContain('Not counted, because it was stopped before and after: Slow.');
    expect(said({})).not.toContain('Not counted');
  });

  it('says that a rewrite was not compared', () => {
    const sentence = 'The rewrite @customer_lifetime_stats of Customer';
    const answers = new Map([
      ['05-customer-lifetime-value@customer_lifetime_stats', { verdict: 'not compared' } as AnswerCheck],
    ]);
    const text = said({ answers });
    expect(text).toContain(sentence);
    expect(text).toContain('Keep idx_orders_date_status, idx_order_items_product_order. Drop');
    expect(text).toContain('customer_lifetime_stats: the answer of its rewrite was not compared.');
    // So does one that nothing has been said of yet.
    expect(said({ answers: new Map() })).toContain(
      'Keep idx_orders_date_status, idx_order_items_product_order. Drop',
    );
    expect(said({})).not.toContain('Whether the rewrite');
  });

  it('says that more may be found where not every configuration was looked at', () => {
    const text = said({ exact: false, configurations: [0, 63, 1, 2, 3] });
    expect(text).toContain('Not exhaustive: the survey examined 5 of the 64 configurations of 6 proposals.');
    expect(text).toMatch(/No other one is faster|may take up to [0-9]+ % less time/);
  });

  it.each([80, 100])(
    'fits %i columns with thirteen proposals and wide titles, and tells all of them',
    width => {
      const proposals = Array.from({ length: 13 }, (_, at) =>
        proposalOf(`索引_on_a_table_with_a_long_name_${at}`, { bytes: (at + 1) * MB, writeMs: 0.01 }),
      );
      const queries = Array.from({ length: 10 }, (_, at) =>
        queryOf(`q${at}`, 13, [planOf(12_345.678), planOf(at + 1, 1 << at)], seen => (seen >> at) & 1, {
          number: at + 1,
          title: '売上の多い商品をカテゴリごとに並べたもの、毎日',
        }),
      );
      const configurations = Array.from({ length: 13 }, (_, at) => 2 ** at - 1);
      const text = adviceText(
        documentOf(surveyOf(proposals, queries, { configurations, exact: false })),
        width,
      );
      for (const line of text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
      for (const letter of 'ABCDEFGHIJKLM')
        expect(text).toMatch(new RegExp(`^query .*\\b${letter} 索引`, 'm'));
      expect(text).toContain('of the 8,192 configurations');
    },
  );

  it('says that the budget was spent', () => {
    expect(said({ budgetSpent: true })).toContain('The time for measuring was spent');
  });

  it('says which requirements exclude each other', () => {
    const document = adviceDocument(
      SURVEY,
      [...timeRequirements(SURVEY), storageRequirement(SURVEY, 100 * MB)],
      ABOUT,
    );
    expect(adviceText(document, 400)).toContain(
      'Cannot be met together: Daily revenue trend; storage that the proposals add.',
    );
  });

  it('has a figure of both sides for every factor', () => {
    for (const line of said({})
      .split('\n')
      .filter(text => text.includes('makes ') && text.includes('×')))
      expect(line).toMatch(/measured, .* → .*(p [=<] |stopped there)/);
  });
});

describe('the document of an advice', () => {
  it('is JSON that comes back as it was', () => {
    const document = documentOf(SURVEY);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document.format).toBe('pgopt-explore/advice');
    expect(document.recommended?.proposals).toEqual([
      'idx_orders_date_status',
      'idx_order_items_product_order',
      'customer_lifetime_stats',
      'drop_idx_orders_status',
    ]);
    expect(document.recommended?.queries[4]).toMatchObject({
      rewrite: 'customer_lifetime_stats',
      answer: 'same',
      verdict: { kind: 'faster' },
    });
    expect(document.effort.bruteForce).toEqual({
      explains: 320,
      executions: 1600,
      builds: 192,
      runsOfACell: 5,
    });
  });
});

describe('docs/advise-json.md', () => {
  it('names every field', () => {
    const named = namesIn(readDocument('docs/advise-json.md'));
    expect([...new Set(keysOf(documentOf(SURVEY)))].filter(key => !named.has(key))).toEqual([]);
  });
});

describe('the plot', () => {
  const SIZE = { width: 40, height: 14 };
  const point = (netBytes: number, totalMs: number, mark = 'o') => ({ netBytes, totalMs, mark });

  it('draws nothing of one place', () => {
    expect(plot([], 'o', SIZE)).toBeUndefined();
    expect(plot([point(1, 1), point(1, 1)], 'o', SIZE)).toBeUndefined();
  });

  it('puts the cheap to the left and the fast to the bottom', () => {
    const { lines = [] } = plot([point(0, 1000), point(MB, 100), point(MB, 1000, '·')], '·o', SIZE) ?? {};
    expect(lines).toHaveLength(14);
    expect(lines[0]).toBe(`1.00 s │o${' '.repeat(30)}·`);
    expect(lines[11]).toBe(`100 ms │${' '.repeat(31)}o`);
    expect(lines.every(line => stringWidth(line) <= 40)).toBe(true);
  });

  it('shows of several marks in one place the last one, and factors where totals are far apart', () => {
    const { lines = [], isLog } = plot([point(0, 10, 'X'), point(0, 10), point(MB, 1000)], 'oX', SIZE) ?? {};
    expect(isLog).toBe(true);
    expect(lines[11]).toContain('X');
    expect(lines.join('').match(/o/g)).toHaveLength(1);
  });
});

describe('the labels of the plot', () => {
  it('stand beside their points, and never over anything', () => {
    const at = (netBytes: number, totalMs: number, label: string) => ({
      netBytes,
      totalMs,
      mark: 'o',
      label,
    });
    const points = [at(0, 1000, 'baseline'), at(0.1 * MB, 990, 'A'), at(MB, 10, 'AB'), at(0.9 * MB, 10, 'B')];
    const { lines = [], isLog } = plot(points, 'o', { width: 40, height: 14 }) ?? {};
    const picture = lines.join('\n');
    expect(isLog).toBe(true);
    for (const { label } of points) expect(picture).toMatch(new RegExp(`(^|[ │])${label}( |$)`, 'm'));
    expect(picture.match(/o/g)).toHaveLength(4);
  });
});

describe('words', () => {
  it('call proposals by letters, the 27th too', () => {
    expect([0, 25, 26, 29].map(letterOf)).toEqual(['A', 'Z', 'AA', 'AD']);
    expect(lettersText(documentOf(SURVEY), ['customer_lifetime_stats'])).toBe('E');
    expect(lettersText(documentOf(SURVEY), [])).toBe('baseline');
  });

  it('wrap at blanks, and keep the first indent', () => {
    expect(wrap('  one two three', 9, '    ')).toBe('  one two\n    three');
    expect(wrap('one', 1)).toBe('one');
  });
});
