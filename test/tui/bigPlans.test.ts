/** Big plans are worked out before they are shown, deep ones without recursion. */
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { plain } from '../../src/tui/cell.ts';
import { factsOf } from '../../src/tui/planView/facts.ts';
import { pairOf } from '../../src/tui/planView/pair.ts';
import { readyPart, worksOut } from '../../src/tui/planView/ready.ts';
import { INITIAL_VIEW, type PlanScene } from '../../src/tui/planView/view.ts';
import { initialViewer } from '../../src/tui/viewer/reduce.ts';
import { viewerLines } from '../../src/tui/viewer/screen.ts';
import { type ViewerState, viewerScene, wholeScene } from '../../src/tui/viewer/viewerState.ts';
import { pressInViewer } from '../helpers/keys.ts';
import { node, type Raw } from '../plan/plans.ts';

const WIDE = 12_000;
const DEEP = 10_000;

const wide = (type: string): Plan =>
  parsePlan([
    {
      Plan: node(
        'Append',
        {},
        ...Array.from({ length: WIDE - 1 }, (_, at) => node(type, { 'Relation Name': `part_${at}` })),
      ),
    },
  ]);

function deep(scan: string): Plan {
  let root: Raw = node(scan, { 'Relation Name': 't' });
  for (let level = 1; level < DEEP; level++) root = node('Limit', {}, root);
  return parsePlan([{ Plan: root }]);
}

/** Resolves when the scene is worked out. */
const worked = (scene: PlanScene): Promise<void> =>
  new Promise((resolve, reject) => {
    worksOut(resolve, reject)(scene);
  });

const shown = (state: ViewerState): string => viewerLines(state).map(plain).join('\n');

describe('a big plan', () => {
  it('stands on the screen when it is worked out', async () => {
    const statement = { before: wide('Seq Scan'), after: wide('Index Scan') };
    const state = initialViewer(['a', 'b'], [statement], { columns: 120, rows: 40 });
    expect(shown(state)).toContain('laying out a plan of 12,000 nodes');
    expect(viewerScene(state)).toMatchObject({ before: undefined, after: undefined });
    await worked(wholeScene(state));
    expect(viewerScene(state)).toMatchObject(statement);
    expect(shown(state)).toMatch(/1–\d+ of 12000/);
  });

  it('that is on both sides has facts for what is on at each', async () => {
    const plan = wide('Seq Scan');
    const surroundings = { before: { largeTableRows: 1 }, after: { largeTableRows: 10 } };
    const scene: PlanScene = { before: plan, after: plan, surroundings, view: INITIAL_VIEW };
    expect(readyPart(scene)).toMatchObject({ before: undefined, after: undefined });
    await worked(scene);
    expect(readyPart(scene)).toBe(scene);
    expect(factsOf(plan, surroundings.before)).toBe(factsOf(plan, surroundings.before));
    expect(factsOf(plan, surroundings.before)).not.toBe(factsOf(plan, surroundings.after));
  });

  it('is left alone when another one is in view', async () => {
    const [first, second] = [wide('Seq Scan'), wide('Index Scan')];
    const of = (before: Plan): PlanScene => {
      const surroundings = { before: {}, after: {} };
      return { before, after: undefined, surroundings, view: INITIAL_VIEW };
    };
    const scenes = [of(first), of(second)] as const;
    await new Promise<void>((resolve, reject) => {
      const work = worksOut(resolve, reject);
      for (const scene of scenes) work(scene);
    });
    expect(scenes.map(scene => readyPart(scene).before)).toEqual([undefined, second]);
  });
});

describe('a plan of 10,000 levels', () => {
  const state = initialViewer(['a', 'b'], [{ before: deep('Seq Scan'), after: deep('Index Scan') }], {
    columns: 120,
    rows: 40,
  });

  it('is compared, drawn, collapsed and opened again', () => {
    const press = pressInViewer;
    expect(pairOf(viewerScene(state))?.changes).toHaveLength(1);
    const collapsed = press(state, 'H');
    expect(collapsed.view.collapsed.before.size).toBe(DEEP - 2);
    // To the change, which is at the bottom.
    const opened = press(collapsed, 'n');
    expect(opened.view.cursor).toEqual({ before: DEEP - 1, after: DEEP - 1 });
    expect([opened.view.collapsed.before.size, opened.view.collapsed.after.size]).toEqual([0, 0]);
    expect(shown(opened)).toContain('change 1 of 1');
  });
});
