/** Where nothing can be built and HypoPG is there: every place that shows its estimates says what they are. */
import { describe, expect, it } from 'vitest';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { HOW_GOT, inLine, planName, SHOWN } from '../helpers/shown.ts';
import type { Harness } from '../helpers/tuiHarness.tsx';
import { mounted } from './explorer.ts';
import { shop } from './shop.ts';

async function open(columns: number, rows: number): Promise<Harness> {
  const { workload } = await shop();
  const { screen, session } = await mounted({
    columns,
    rows,
    workload: { ...workload, proposals: workload.proposals.filter(({ kind }) => kind === 'index') },
    own: script => ({
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
    }),
  });
  screen.press('a', '1');
  session.settle();
  return screen;
}

describe('hypothetical', () => {
  it('is the state of the proposal, and its size is no part of the sum', async () => {
    const frame = await (await open(200, 60)).frame();
    expect(frame).toMatch(inLine('[x] idx_orders_date_status_amount ', ` ${HOW_GOT.hypothetical}, used`));
    expect(frame).toMatch(
      inLine('storage here ', ' ≥ 0 B of 2 GB ', ` ? 113 MB more, ${HOW_GOT.hypothetical}`),
    );
  });

  it('is the title of its plan and how its figure was got; nothing is measured there', async () => {
    const screen = await open(300, 60);
    const frame = await screen.frame();
    expect(frame).toMatch(inLine('1 ', 'Daily revenue trend ', ' → cost ', ` ${HOW_GOT.hypothetical}`));
    expect(frame).toMatch(inLine('5 ', '2.21 s → 2.21 s ', `= ${SHOWN.samePlan} `, HOW_GOT.reused));
    expect(frame).toContain(SHOWN.idle + SHOWN.notBuildable);
    expect(frame).toContain(`${planName('after', 1)} · ${HOW_GOT.hypothetical}`);
    expect(frame).toMatch(
      inLine('Queries · ', `1 of 6 ${HOW_GOT.measured}, 1 over target, 5 ${HOW_GOT.hypothetical}`),
    );
    screen.press('u');
    expect(await screen.frame()).toMatch(inLine(`${planName('both', 1)} `, `→ ${HOW_GOT.hypothetical}`));
  });

  it('is shown by the summary and by the proposal’s own page', async () => {
    const screen = await open(120, 40);
    screen.press('t');
    const summary = await screen.frame();
    expect(summary).toContain(HOW_GOT.hypothetical);
    expect(summary).toMatch(inLine('0 B of 2 GB ', `more, ${HOW_GOT.hypothetical}`));
    screen.press('escape', 'enter');
    const page = await screen.frame();
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
