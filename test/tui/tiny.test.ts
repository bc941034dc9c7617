/** A terminal of any size: every key is heard, everything is drawn, nothing hangs or throws. */
import { expect, it } from 'vitest';
import { parsePlan } from '../../src/plan/parse.ts';
import { Screen } from '../../src/tui/components/Screen.tsx';
import { scrolledBox } from '../../src/tui/frame.ts';
import { BINDINGS } from '../../src/tui/keys/keyTable.ts';
import { insideWidth } from '../../src/tui/layout.ts';
import { overlayLines } from '../../src/tui/overlays/content.ts';
import { initialState } from '../../src/tui/state/initial.ts';
import { reduce } from '../../src/tui/state/reduce.ts';
import type { State } from '../../src/tui/state/state.ts';
import { initialViewer } from '../../src/tui/viewer/reduce.ts';
import { viewerLines } from '../../src/tui/viewer/screen.ts';
import { FakeSession } from '../helpers/fakeSession.ts';
import { pressAny, pressInViewer } from '../helpers/keys.ts';
import { TARGET } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, shop } from './shop.ts';

const SIZES = [0, 1, 2, 3, 5, 8, 9, 13, 40, 79].flatMap(columns =>
  [0, 1, 2, 5, 23].map(rows => ({ columns, rows })),
);
const KEYS = [...new Set(BINDINGS.flatMap(({ keys }) => keys))];

/** The shop explored, everything on. */
async function explored(): Promise<State> {
  const { workload, script } = await shop();
  let state = initialState(workload, TARGET, { columns: 120, rows: 40 }, OPENED_AT);
  const session = new FakeSession(script);
  session.subscribe(event => {
    state = reduce(state, event);
  });
  state = reduce(state, { type: 'startup:finished' });
  state = pressAny(state, 'a');
  session.setDesired({ revision: state.revision, proposals: state.on, queryId: state.queryId });
  session.settle();
  return state;
}

it('of the explorer', async () => {
  const wide = await explored();
  for (const size of SIZES) {
    const small = reduce(wide, { type: 'terminal:resized', size });
    for (const key of KEYS) {
      const once = pressAny(small, key);
      for (const next of ['j', 'G', 'x', 'enter', 'tab']) {
        const state = pressAny(once, next);
        Screen({ state });
        const inside = insideWidth('box', size.columns);
        scrolledBox(overlayLines(state), 3, { title: [{ text: 'x' }], width: inside, height: size.rows });
      }
    }
  }
});

it('of the viewer', async () => {
  const plan = parsePlan([
    {
      Plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'ordersordersordersorders',
        Filter: "(status = 'a b c d e f g h'::text)",
        'Startup Cost': 0,
        'Total Cost': 10,
        'Plan Rows': 1,
        'Plan Width': 4,
      },
    },
  ]);
  for (const size of SIZES)
    for (const after of [undefined, plan])
      for (const key of KEYS)
        for (const next of ['j', 'G', 'enter', 'x', 'n']) {
          const start = initialViewer(['a.json', 'b.json'], [{ before: plan, after }], size);
          if (!Array.isArray(viewerLines(pressInViewer(start, key, next)))) expect.fail(`${key} ${next}`);
        }
});
