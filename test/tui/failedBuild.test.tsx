/** A reason longer than its column: the line says where the whole of it is. */
import { afterEach, expect, it } from 'vitest';
import { FakeSession } from '../helpers/fakeSession.ts';
import { type Harness, renderExplorer } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, shop } from './shop.ts';

let screen: Harness | undefined;
afterEach(() => screen?.unmount());

async function failing(columns: number, reason: string): Promise<Harness> {
  const { workload, script } = await shop();
  const session = new FakeSession({ ...script, build: () => reason });
  const mounted = renderExplorer({ columns, rows: 40, workload, now: OPENED_AT });
  screen = mounted;
  mounted.attach(session);
  mounted.press('a');
  session.settle();
  return mounted;
}

const LONG = 'could not extend file "base/16384/24601": No space left on device, and then some more words';

it('under the cursor, where enter shows it', async () => {
  const mounted = await failing(120, LONG);
  const lines = (await mounted.frame()).split('\n').filter(line => line.includes('failed: could'));
  expect(lines.length).toBeGreaterThan(2);
  const [first = '', second = ''] = lines;
  expect(first).toMatch(/failed: could not .*… {2}enter: all of it +│$/);
  expect(second).not.toContain('enter');
  mounted.press('enter');
  expect(await mounted.frame()).toContain('some more words');
});

it('not where it is whole already, where there is no room, or where enter means something else', async () => {
  expect(await (await failing(120, 'short')).frame()).not.toContain('all of it');
  screen?.unmount();
  expect(await (await failing(80, LONG)).frame()).not.toContain('all of it');
  screen?.unmount();
  const mounted = await failing(120, LONG);
  mounted.press('tab');
  expect(await mounted.frame()).not.toContain('all of it');
});
