/** Where nothing can be built and HypoPG is there: every place that shows its estimates says what they are. */
import { afterEach, describe, expect, it } from 'vitest';
import { FakeSession } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { type Harness, renderExplorer } from '../helpers/tuiHarness.tsx';
import { OPENED_AT, shop } from './shop.ts';

let screen: Harness | undefined;
afterEach(() => screen?.unmount());

async function open(columns: number, rows: number): Promise<Harness> {
  const { workload, script } = await shop();
  const proposals = workload.proposals.filter(({ kind }) => kind === 'index');
  const own = { ...workload, proposals };
  const session = new FakeSession({
    ...script,
    workload: own,
    eager: false,
    opened: { ...script.opened, cannotBuild: 'the server is a standby', hypopg: '1.3.1' },
    build: id => {
      const built = script.build(id);
      return typeof built === 'string' ? built : { ...built, hypothetical: true };
    },
    plan: (queryId, effective) => {
      const answer = script.plan(queryId, effective);
      const baseline = script.plan(queryId, []);
      if (typeof answer === 'string' || typeof baseline === 'string') return answer;
      if (answer.plan.fingerprint === baseline.plan.fingerprint) return answer;
      const fingerprint = `${answer.plan.fingerprint}-hypothetical`;
      return { plan: { ...answer.plan, fingerprint, hypothetical: true } };
    },
  });
  const mounted = renderExplorer({ columns, rows, workload: own, now: OPENED_AT + 83_000 });
  screen = mounted;
  mounted.attach(session);
  mounted.press('a', '1');
  session.settle();
  return mounted;
}

describe('hypothetical', () => {
  it('is the state of the proposal, and its size is no part of the sum', async () => {
    const frame = await (await open(200, 60)).frame();
    expect(frame).toMatch(/\[x\] idx_orders_date_status_amount .* – +hypothetical, used/);
    expect(frame).toMatch(/storage here .* ≥ 0 B of 2 GB .* \? 113 MB more, hypothetical/);
  });

  it('is the title of its plan and how its figure was got; nothing is measured there', async () => {
    const mounted = await open(300, 60);
    const frame = await mounted.frame();
    expect(frame).toMatch(/1 .*Daily revenue trend .* → cost .* hypothetical/);
    expect(frame).toMatch(/5 .*2\.21 s → 2\.21 s .*= same plan .*reused/);
    expect(frame).toContain('idle: what is hypothetical cannot be run; all else is planned and measured');
    expect(frame).toContain('After · Q1 · hypothetical');
    expect(frame).toMatch(/Queries · .*1 of 6 measured, 1 over target, 5 hypothetical/);
    mounted.press('u');
    expect(await mounted.frame()).toMatch(/Before → after · Q1 .*→ hypothetical/);
  });

  it('is shown by the summary and by the proposal’s own page', async () => {
    const mounted = await open(120, 40);
    mounted.press('t');
    const summary = await mounted.frame();
    expect(summary).toMatch(/hypothetical/);
    expect(summary).toMatch(/0 B of 2 GB .*more, hypothetical/);
    mounted.press('escape', 'enter');
    const page = await mounted.frame();
    expect(page).toMatch(/hypothetical: nothing was built; HypoPG estimates [\d.]+ .B/);
    expect(page).not.toContain('built in');
  });

  it.each([
    [80, 24],
    [120, 40],
  ])('fits the screen at %i×%i', async (columns, rows) => {
    const frame = await (await open(columns, rows)).frame();
    await matchFrame(frame, { columns, rows }, 'hypothetical');
  });
});
