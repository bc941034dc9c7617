import { describe, expect, it } from 'vitest';
import { changeFiles } from '../../../src/cli/writtenMigration.ts';
import type { Evidence } from '../../../src/report/migration/effects.ts';
import { changeReport } from '../../../src/report/migration/report.ts';
import { timeRequirements } from '../../helpers/demands.ts';
import { productionPlanOf, queryOf, surveyOf } from '../../helpers/surveys.ts';
import { factsOf } from '../../migration/kept.ts';
import { GIVEN, KEPT, planOf, SURVEY, WORKLOAD } from './survey.ts';

const EVIDENCE: Evidence = {
  ...GIVEN,
  title: 'Shop',
  survey: SURVEY,
  kept: KEPT,
  projections: new Map([['by_customer', { bytes: 20_000_000, assumption: 'bytes grow with rows' }]]),
  deployed: [{ queryIds: ['02-totals'], path: 'queries/02-totals@totals.sql' }],
};

/** The line of a table that begins with these cells. */
const row = (report: string, ...cells: string[]): string =>
  report.split('\n').find(line => line.startsWith(`| ${cells.join(' | ')} |`)) ?? '';

describe('changeReport', () => {
  it('has it all', async () => {
    await expect(changeReport(EVIDENCE)).toMatchFileSnapshot('golden/report.md');
  });

  it('says of each query how it changes, with the spread, and how sure that is', () => {
    const report = changeReport(EVIDENCE);
    expect(row(report, '1')).toBe(
      '| 1 | Orders of a customer | 10 ms (10 ms–12 ms, 8 runs) | 1.0 ms (1.0 ms–1.2 ms, 8 runs) | 10× faster (9.2×–11×) | 0.00016 | 1 s: met |  |',
    );
    expect(row(report, '2')).toContain('**SLOWER**');
    expect(row(report, '2')).toContain('**MISSED** | `@totals` |');
    expect(row(report, '2', 'Totals &#124; &lt;b&gt;by&lt;/b&gt; \\`customer\\`')).not.toBe('');
    expect(row(report, '3')).toContain('> 30.0 s (stopped at the timeout)');
    expect(row(report, '3')).toMatch(/at least \d+× faster \| {2}\| 1 s: met/);
    expect(row(report, '4')).toContain('the same plan');
  });

  it('lists the configurations that were tried in the explorer', () => {
    const at = '2026-11-30T06:00:00.000Z';
    const tried = [
      { words: 'by_customer|x, work_mem 64MB', total: '> 30.0 s → 1.2 s', measured: '3 of 4', at },
    ];
    expect(row(changeReport({ ...EVIDENCE, tried }), 'by\\_customer&#124;x, work\\_mem 64MB')).toContain(
      `| > 30.0 s → 1.2 s | 3 of 4 | ${at} |`,
    );
    expect(changeReport(EVIDENCE)).not.toContain('that were tried');
  });

  it('says where a plan makes things worse, and what is not kept does', () => {
    const report = changeReport(EVIDENCE);
    expect(report).toContain('**SLOWER**: 2 (1.');
    expect(row(report, '`useless`', 'no query reads it')).toContain('no clear difference');
    expect(row(report, '`broken`')).toContain('could not be built: relation "x&#124;y" does not exist');
    expect(report).toContain(
      'REQ-08 | no sequential scan | **FAIL** | **FAIL** | orders &#124; 1.2 M rows |',
    );
  });

  it('tells of production what is planned and projected, and nothing as measured', () => {
    const [one, all] = [productionPlanOf([900, 1000, 1500]), productionPlanOf([20, 30, 60], 1)];
    const survey = surveyOf(
      SURVEY.proposals,
      [queryOf('q|', 3, [one, all], seen => seen & 1, { number: 7 })],
      {
        atProduction: true,
      },
    );
    const production = {
      survey,
      requirements: [...timeRequirements(survey)],
      sizes: ['×0.01', '×0.05'],
      remarks: ['orders|: 10× the rows'],
    };
    const report = changeReport({ ...EVIDENCE, production });
    expect(report).toContain('## At production size\n\n**Projected, not measured.**');
    expect(row(report, '7')).toBe(
      '| 7 | Query q&#124; | ≈ 1.00 s (900 ms … 1.50 s) | ≈ 30 ms (20 ms … 60 ms) | 33× faster | 100 ms |',
    );
    expect(row(report, '**kept**', '≈ 30 ms')).toContain('| ≈ 970 ms (840 ms … 1.48 s) |');
    expect(row(report, 'q&#124;', 'Query q&#124;')).toContain('| **FAIL** | pass |');
    expect(report).toContain('- orders&#124;: 10× the rows');
    const planned = changeReport({ ...EVIDENCE, production: { ...production, sizes: [] } });
    expect(planned).toContain('**Planned, not measured.**');
    expect(row(planned, '7')).toBe('');
    expect(changeReport(EVIDENCE)).not.toContain('## At production size');
  });

  it('keeps every table whole, whatever names hold', () => {
    const nasty = {
      ...SURVEY,
      queries: SURVEY.queries.map(query => ({ ...query, title: 'a|b\n| c |', id: `${query.id}\`|` })),
    };
    const report = changeReport({ ...EVIDENCE, survey: nasty, title: '<script>' });
    let columns = 0;
    for (const line of report.replace(/```+text[\s\S]*?```+/g, '').split('\n')) {
      if (!line.startsWith('|')) columns = 0;
      else {
        const bars = line.split('|').length;
        if (columns !== 0) expect(bars).toBe(columns);
        columns = bars;
      }
    }
    expect(report).not.toContain('<script>');
  });

  it('says so where little is known', () => {
    const queries = SURVEY.queries.map(query => ({
      ...query,
      plans: query.plans.map(plan => ({
        ...plan,
        runsMs: [],
        firstMs: undefined,
        stopped: undefined,
        tree: undefined,
      })),
    }));
    const report = changeReport({
      ...EVIDENCE,
      survey: { ...SURVEY, queries, complete: false, exact: false },
    });
    expect(report).toContain('Not every query was measured, so there is no total.');
    expect(report).toContain('stopped before it was complete');
    expect(report).toContain('the best one found');
    expect(row(report, '1')).toContain('not measured | not measured | not measured |  | 1 s: not measured');
  });

  it('bounds what is saved where a query was stopped, and says why where it cannot', () => {
    const stopped = (afterMs: number) => ({
      runsMs: [],
      firstMs: undefined,
      stopped: { because: 'timeout' as const, afterMs },
    });
    /** Query `number` stopped with its `position`-th plan. */
    const said = (...stops: (readonly [number: number, position: number])[]) => {
      const queries = SURVEY.queries.map(query => ({
        ...query,
        plans: query.plans.map((plan, at) =>
          stops.some(([number, position]) => number === query.number && position === at)
            ? { ...plan, ...stopped(30_000) }
            : plan,
        ),
      }));
      return changeReport({ ...EVIDENCE, survey: { ...SURVEY, queries } }).split('\n\n')[1];
    };
    // The same plan before and after: no difference, however long it takes.
    expect(said([4, 0])).toMatch(
      /take > 5 min .* in place of > 10 min .*: \*\*at least 4 min 59 s a day saved\*\*\. /,
    );
    expect(said([3, 0], [3, 1])).toMatch(
      /: \*\*\d+ ms a day saved\*\*, without 3, stopped before and after\. /,
    );
    expect(said([1, 1])).toContain(
      'Their savings are unknown: 1 finished before, and was stopped with them.',
    );
  });

  it('folds a long plan, whole', () => {
    const [query] = SURVEY.queries;
    const [plan] = query?.plans ?? [];
    if (query === undefined || plan === undefined) throw new Error('nothing');
    const long = { ...plan, tree: planOf('lateral-limit.analyzed') };
    const report = changeReport({
      ...EVIDENCE,
      survey: {
        ...SURVEY,
        queries: [{ ...query, plans: [long], intervals: [{ lower: 0, upper: 0b111, plan: 0 }] }],
      },
    });
    const [, folded = ''] =
      /<summary>45 lines<\/summary>\n\n```text\n([\s\S]*?)\n```\n\n<\/details>/.exec(report) ?? [];
    expect(folded.split('\n')).toHaveLength(45);
  });

  it('keeps nothing when nothing is kept', () => {
    const report = changeReport({ ...EVIDENCE, kept: 0 });
    expect(report).toContain('# Shop: 0 of 4 proposals kept');
    expect(report).toContain('Nothing: the database stays as it is.');
  });
});

describe('changeFiles', () => {
  it('puts the rewrites that are read beside the migration, as they were written', async () => {
    const files = await changeFiles(
      { ...GIVEN, workload: await WORKLOAD, survey: withFastRewrite(SURVEY), kept: KEPT, tables: [] },
      factsOf([{ name: 'orders' }]),
    );
    expect([...files.keys()].sort()).toEqual([
      'migration.sql',
      'queries/02-totals@totals.sql',
      'report.html',
      'report.md',
      'rollback.sql',
    ]);
    expect(files.get('queries/02-totals@totals.sql')).toBe('-- from the view\nSELECT * FROM totals');
    const migration = files.get('migration.sql') ?? '';
    expect(migration).toContain('--   queries/02-totals@totals.sql\nCREATE MATERIALIZED VIEW totals');
    expect(migration).toContain(
      '-- Disk: 203 kB on the data measured here, 19 MB projected at production size.',
    );
    expect(migration).toContain('which its file requests every 1 h 00 min:');
    expect(migration).not.toContain('useless');
  });

  it('leaves a rewrite out that saves nothing clear: it is not worth a change of the application', async () => {
    const files = await changeFiles(
      { ...GIVEN, workload: await WORKLOAD, survey: SURVEY, kept: KEPT, tables: [] },
      factsOf([{ name: 'orders' }]),
    );
    expect([...files.keys()].sort()).toEqual(['migration.sql', 'report.html', 'report.md', 'rollback.sql']);
    expect(files.get('report.md')).toContain('saves nothing clear');
  });

  it('leaves them out where the view is not kept', async () => {
    const files = await changeFiles(
      { ...GIVEN, workload: await WORKLOAD, survey: SURVEY, kept: 0b001, tables: [] },
      factsOf([{ name: 'orders' }]),
    );
    expect([...files.keys()].sort()).toEqual(['migration.sql', 'report.html', 'report.md', 'rollback.sql']);
  });
});

/** The view's rewrite takes a hundredth of the time before. */
const withFastRewrite = (survey: typeof SURVEY): typeof SURVEY => ({
  ...survey,
  queries: survey.queries.map(query => ({
    ...query,
    plans: query.plans.map(plan =>
      plan.rewrite === undefined ? plan : { ...plan, runsMs: plan.runsMs.map(ms => ms / 100) },
    ),
  })),
});
