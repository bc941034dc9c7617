/** The advice: its survey in the background, its pages at three sizes, what its keys do, and the change that is written. */
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { adviceOf } from '../../src/advisor/advice/advice.ts';
import { PgoptError } from '../../src/base/errors.ts';
import { matrixPage } from '../../src/tui/advice/matrix.ts';
import { adviceLines } from '../../src/tui/advice/page.ts';
import { adviceRows, rowOf } from '../../src/tui/advice/rows.ts';
import { lineCells, plain } from '../../src/tui/cell.ts';
import type { ChangePart } from '../../src/tui/surveyEffects.ts';
import { timeRequirements } from '../helpers/demands.ts';
import type { FakeSession } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { planOf, proposalOf, queryOf, surveyOf } from '../helpers/surveys.ts';
import { type Harness, TARGET } from '../helpers/tuiHarness.tsx';
import { mounted } from './explorer.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

let screen: Harness;
let session: FakeSession;

async function explorer(options: { change?: ChangePart; asksFirst?: boolean } = {}): Promise<void> {
  const target = { ...TARGET, asksFirst: options.asksFirst === true };
  const { change } = options;
  ({ screen, session } = await mounted({ columns: 80, rows: 24, target, ...(change && { change }) }));
}

/** Lets the session answer until `enough`, a second for each answer; every turn of the event loop brings the next question. */
async function survey(enough: () => boolean = () => false): Promise<void> {
  let idle = 0;
  while (idle < 20 && !enough()) {
    await setImmediate();
    if (session.step()) {
      screen.tick(screen.state().now + 1000);
      idle = 0;
    } else idle++;
  }
}

/** With its advice, which takes some turns of the event loop more. */
async function ended(): Promise<void> {
  await survey();
  while (screen.state().survey?.advice?.complete !== true) await setImmediate();
}

async function expectFrames(
  name: string,
  sizes: readonly (readonly [number, number])[] = SIZES,
): Promise<void> {
  // What is known by now is worked out first.
  for (let turn = 0; turn < 60; turn++) await setImmediate();
  for (const [columns, rows] of sizes) {
    screen.resize(columns, rows);
    await matchFrame(await screen.frame(), { columns, rows }, `advice-${name}`);
  }
}

const USUAL = [SIZES[1]];
const runs = () => screen.state().survey?.progress?.survey.effort.executions ?? 0;
const status = async () => (await screen.frame()).split('\n').at(-2) ?? '';

it('begins when it is first opened, goes on behind the panes, and is shown on three pages', async () => {
  await explorer();
  expect(screen.state().survey).toBeUndefined();
  screen.press('A');
  await expectFrames('beginning', USUAL);
  await survey(() => runs() > 20);
  await expectFrames('running', USUAL);

  screen.press('escape');
  expect(await status()).toMatch(/^ . survey: measuring query \d · \d+ runs/);
  await ended();
  expect(await status()).toContain('the advice is ready: A');
  screen.press('A');
  await expectFrames('choices');
  screen.press('pagedown', 'pagedown');
  expect(await screen.frame()).toContain(
    'REQ-08 No Seq Scan, tables > 1 M rows: fails under every configuration that was measured',
  );
  screen.press('tab', 'j', 'j', 'j', 'right', 'right', 'right', 'right');
  await expectFrames('matrix');
  expect(await screen.frame()).toMatch(/! .* makes Inventory turnover 1\.8× slower/);
  screen.press('3', 'G');
  await expectFrames('frontier');
  screen.press('escape');
  expect(await status()).not.toContain('advice');
});

it('walks along the frontier, and the explorer switches to each; a choice is switched to by enter', async () => {
  await explorer();
  screen.press('A', '3');
  await ended();
  const points = screen.state().survey?.advice?.frontier.points ?? [];
  expect(points.length).toBeGreaterThan(2);
  const { revision } = screen.state();
  screen.press('j');
  expect(screen.state()).toMatchObject({ on: points[1]?.proposals, revision: revision + 1 });
  expect(session.desiredStates.at(-1)?.proposals).toEqual(points[1]?.proposals);
  screen.press('j');
  expect(screen.state().on).toEqual(points[2]?.proposals);
  screen.press('g');
  expect(screen.state().on).toEqual(points[0]?.proposals);

  screen.press('1', 'j', 'j', 'j', 'j');
  expect(screen.state().on).toEqual(points[0]?.proposals);
  screen.press('enter');
  expect(screen.state().on).toHaveLength(5);
  expect(screen.state().overlay?.kind).toBe('advice');
  const desiredStates = session.desiredStates.length;
  screen.press('enter');
  expect(session.desiredStates).toHaveLength(desiredStates);
});

it('a click puts the cursor on a row of its tables; on the frontier it switches', async () => {
  await explorer();
  screen.resize(120, 40);
  screen.press('A');
  await ended();
  const click = async (words: string): Promise<void> => {
    const lines = (await screen.frame()).split('\n');
    const row = lines.findIndex(line => line.includes(words));
    screen.stdin.type(`\u001b[<0;${(lines[row] ?? '').indexOf(words) + 1};${row + 1}M`);
  };
  await screen.frame();
  await click('● baseline');
  expect(screen.state().adviceView.rows.choices).toBe(5);
  screen.press('3');
  const { points } = screen.state().survey?.advice?.frontier ?? { points: [] };
  const last = points.at(-1)?.proposals ?? [];
  expect(points.length).toBeGreaterThan(1);
  const lines = (await screen.frame()).split('\n');
  screen.stdin.type(`\u001b[<0;5;${lines.findIndex(line => line.includes('net size')) + points.length + 1}M`);
  expect(screen.state().on).toEqual(last);
});

it('pauses, goes on, stops with what it has, and begins again', async () => {
  await explorer();
  screen.press('A');
  await survey(() => runs() > 20);
  screen.press('p');
  expect(screen.state().survey?.state).toBe('paused');
  const known = runs();
  await survey();
  expect(runs()).toBe(known);
  await expectFrames('paused', USUAL);
  screen.press('p');
  await survey(() => runs() > known + 5);
  screen.press('x');
  await survey();
  expect(screen.state().survey).toMatchObject({ run: 1, state: 'stopped' });
  expect(screen.state().survey?.progress?.survey.proposals).toHaveLength(5);
  screen.press('r');
  expect(screen.state().survey).toMatchObject({ run: 2, state: 'running' });
  await ended();
  expect(screen.state().survey).toMatchObject({ run: 2, state: 'ended' });
});

it('is paused by the key that cancels, where nothing else runs', async () => {
  await explorer();
  screen.press('A');
  await survey(() => runs() > 5);
  screen.press('escape', 'x');
  expect(screen.state().survey?.state).toBe('paused');
  expect(await status()).toContain('the survey is paused');
});

it('is out of date when the proposals change or the session goes, and says so', async () => {
  await explorer();
  screen.press('A');
  await ended();
  screen.press('escape', 'd', 'y', 'A');
  expect(screen.state().survey).toMatchObject({ state: 'stale', why: 'the proposals have changed' });
  await expectFrames('stale', USUAL);
  screen.press('W');
  expect(screen.state().message).toContain('out of date');
  screen.press('r');
  await survey(() => runs() > 5);
  session.lose('gone');
  expect(screen.state().survey).toMatchObject({ run: 2, state: 'stale', why: 'its session is gone' });
});

it('asks first on a named database, and says where nothing can be built', async () => {
  await explorer({ asksFirst: true });
  screen.press('A');
  expect(screen.state().survey).toBeUndefined();
  expect(await screen.frame()).toContain('r begins a survey');
  screen.press('W');
  expect(screen.state().message).toContain('nothing to write');
  screen.press('r');
  expect(screen.state().survey?.state).toBe('running');

  ({ screen } = await mounted({
    columns: 80,
    rows: 24,
    settled: false,
    own: ({ opened }) => ({ opened: { ...opened, cannotBuild: 'a standby' } }),
  }));
  screen.press('A', 'r');
  expect(screen.state().survey).toBeUndefined();
  expect(await screen.frame()).toContain('No survey: nothing can be built here: a standby');
});

it('writes the change of the row under the cursor, once, and says what became of it', async () => {
  const written: string[] = [];
  const change: ChangePart = {
    write: async (folder, { kept, tried }) => {
      written.push(`${folder}: ${kept.join(' ')}`);
      // The report lists what was on in the explorer.
      expect(tried[0]).toMatchObject({ words: 'baseline: no proposal', at: expect.stringMatching(/Z$/) });
      if (folder === 'full') throw new PgoptError('folder-taken', 'full is not empty');
      return ['rollback.sql', 'migration.sql'];
    },
  };
  await explorer({ change });
  screen.press('A');
  await survey(() => runs() > 5);
  screen.press('W');
  expect(screen.state().message).toContain('under way');
  await ended();
  const kept = screen.state().survey?.advice?.recommended?.proposals.join(' ');
  screen.press('W', 'ctrl+u', 'f', 'u', 'l', 'l', 'enter', 'enter');
  expect(await screen.frame()).toContain('full is not empty');
  await expectFrames('folder', USUAL);
  screen.press('ctrl+u', 'n', 'e', 'w', 'enter');
  expect(await screen.frame()).toContain('wrote new: migration.sql, rollback.sql');
  expect(written).toEqual([`full: ${kept}`, `new: ${kept}`]);
  screen.press('G', 'W');
  expect(screen.state().message).toContain('the database as it is');
  screen.press('k', 'W', 'q', 'escape');
  expect(screen.state().adviceView.folder).toBeUndefined();
  expect(written).toHaveLength(2);
});

it('filters the rows of each page, and shows what it found', async () => {
  await explorer();
  screen.press('A');
  await ended();
  const found = () =>
    adviceLines(screen.state()).flatMap(line =>
      // The row under the cursor is reversed as a whole, and what is found in it is not.
      line.some(({ text }) => text.startsWith('▸'))
        ? line
            .filter(({ inverse, text }) => inverse === false && !text.startsWith('▸'))
            .map(({ text }) => text)
        : line.filter(({ inverse }) => inverse === true).map(({ text }) => text),
    );
  screen.press('/', ...'idx_orders', 'enter');
  await expectFrames('choices-filtered', USUAL);
  expect(found()).toContain('idx_orders');
  screen.press('2');
  expect(adviceRows(screen.state())).toEqual([]);
  expect(rowOf(screen.state())).toBe(-1);
  screen.press('j', 'escape', '/', ...'CUSTOMER', 'enter');
  await expectFrames('matrix-filtered', USUAL);
  expect(found().map(text => text.toLowerCase())).toContain('customer');
  const [first] = adviceRows(screen.state());
  expect(rowOf(screen.state())).toBe(first);
  // The first escape shows all rows again, the second one closes.
  screen.press('escape');
  expect(adviceRows(screen.state())).toHaveLength(screen.state().workload.queries.length);
  screen.press('escape');
  expect(screen.state().overlay).toBeUndefined();
});

it('aligns the matrix under wide titles, and shows more proposals than fit by the part around the cursor', async () => {
  await explorer();
  const proposals = Array.from({ length: 9 }, (_, index) => proposalOf(`索引_${index}_顧客`));
  const queries = ['売上の推移', 'Plain', '顧客の生涯価値'].map((title, index) =>
    queryOf(title, 9, [planOf(100), planOf(40, 1)], seen => seen & 1, { number: index + 1, title }),
  );
  const made = surveyOf(proposals, queries);
  const advice = adviceOf(made, timeRequirements(made), 0.05);
  const tableAt = (column: number) => {
    const state = screen.state();
    const looked = {
      ...state,
      survey: { run: 1, state: 'ended' as const, progress: undefined, advice, seen: true },
      adviceView: { ...state.adviceView, page: 'matrix' as const, column },
    };
    return matrixPage(looked, advice, 76, 17).table;
  };
  for (const column of [0, 4, 8]) {
    const table = tableAt(column);
    expect(new Set(table.map(lineCells)).size).toBe(1);
    expect(table.every(line => lineCells(line) <= 76)).toBe(true);
    expect(plain(table[0] ?? [])).toContain(`${'ABCDEFGHI'[column]} 索引`);
    expect(plain(table[1] ?? [])).toContain('[');
  }
  expect(plain(tableAt(0)[0] ?? [])).toMatch(/of 9 ▸/);
  expect(plain(tableAt(8)[0] ?? [])).toMatch(/◂/);
});
