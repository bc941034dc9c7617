/** What production would choose: its plans and sizes in the place of those here, at three sizes; and how one gets there and back. */
import { describe, expect, it } from 'vitest';
import { reduce } from '../../src/tui/state/reduce.ts';
import { FakeSession, type Script } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { countOn, HOW_GOT, SHOWN } from '../helpers/shown.ts';
import type { Harness } from '../helpers/tuiHarness.tsx';
import { mounted } from './explorer.ts';
import { lensOf } from './lens.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const;

const NOTES = [
  {
    what: 'public.orders.customer_id',
    why: 'has 100× as many distinct values there (a foreign key to public.customers); ANALYZE there is taken to count 278 k',
  },
];

let screen: Harness;
let session: FakeSession;

async function explorer(columns: number, rows: number): Promise<Script> {
  const made = await mounted({ columns, rows });
  ({ screen, session } = made);
  screen.press('a');
  session.settle();
  return made.script;
}

async function opened(columns: number, rows: number): Promise<FakeSession> {
  const script = await explorer(columns, rows);
  screen.press('p');
  const lens = new FakeSession(lensOf(script));
  screen.attachLens(lens, NOTES);
  lens.settle();
  return lens;
}

const frame = async (name: string, columns: number, rows: number) =>
  matchFrame(await screen.frame(), { columns, rows }, `production-${name}`);

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  it('plans and sizes of production, and where they differ', async () => {
    await opened(columns, rows);
    await frame('on', columns, rows);
    screen.press('p');
    await frame('back', columns, rows);
    screen.press('B');
    await frame('requirements', columns, rows);
    screen.press('escape', 'P');
    await frame('taken', columns, rows);
  });
});

it('says on pages about the database here that they are about it', async () => {
  await opened(80, 24);
  screen.press('A');
  for (const page of ['1', '2', '3']) {
    screen.press(page);
    const lines = (await screen.frame()).split('\n');
    expect(lines[0]).toContain(SHOWN.safe);
    expect(lines.at(-2)).toContain(`${SHOWN.surveyHere}: `);
  }
  screen.press('escape');
  const lines = (await screen.frame()).split('\n');
  expect(lines[0]).toContain(`${SHOWN.atProduction} · never run`);
  expect(lines.at(-2)).toMatch(new RegExp(`^ . ${SHOWN.surveyHere}: building`));
  screen.press('i');
  expect(await screen.frame()).toContain(SHOWN.safe);
  screen.press('escape', 'P');
  expect(await screen.frame()).not.toContain(SHOWN.safe);
});

it('says what it is doing until the lens is there', async () => {
  await explorer(120, 40);
  screen.press('p');
  expect(screen.lensesOpened()).toBe(1);
  expect(await screen.frame()).toContain('production: reading the catalog');
  screen.press('p', 'p');
  expect(screen.lensesOpened()).toBe(1);
});

it('follows what is switched, and never says that anything was run', async () => {
  const lens = await opened(120, 40);
  screen.press('a');
  lens.settle();
  session.settle();
  const text = await screen.frame();
  expect(text).toContain(countOn(0, 5));
  for (const how of [HOW_GOT.measured, HOW_GOT.reused]) expect(text).not.toContain(how);
});

it('makes another lens when the proposals are others', async () => {
  await opened(120, 40);
  const [first] = screen.state().workload.proposals;
  if (first === undefined) throw new Error('no proposal');
  screen.dispatch({ type: 'proposal:written', proposal: { ...first, title: 'another' } });
  expect(screen.lensesOpened()).toBe(2);
});

it('tells why there is none, and tries again when asked', async () => {
  await explorer(120, 40);
  screen.press('p');
  screen.dispatch({ type: 'production:failed', words: 'the lens could not be made: no room' });
  expect(screen.state().atProduction).toBe(false);
  expect(await screen.frame()).toContain('the lens could not be made: no room');
  screen.press('p');
  expect(screen.lensesOpened()).toBe(2);
});

it('goes with the session', async () => {
  await opened(120, 40);
  const lost = reduce(screen.state(), { type: 'session:lost', reason: 'gone' });
  expect([lost.production, lost.atProduction]).toEqual([undefined, false]);
});

it('is all there is where there is a lens and no database', async () => {
  const facts = {
    of: 'shop, PostgreSQL 15.4, of 2026-01-02',
    hidden: [{ what: 'table public.x', why: 'no room' }],
  };
  const made = await mounted({ own: script => lensOf(script, facts) });
  ({ screen, session } = made);
  const { script } = made;
  screen.press('a');
  session.settle();
  await frame('lens-file', 120, 40);
  screen.press('P');
  await frame('lens-file-left-out', 120, 40);
  screen.press('escape', 'p');
  expect(await screen.frame()).toContain('a lens is as large as its database');
  // A lens has what it was made with: another proposal needs another one.
  const [proposal] = screen.state().workload.proposals;
  if (proposal === undefined) throw new Error('the demo has some');
  screen.dispatch({ type: 'proposal:written', proposal: { ...proposal, id: 'new' } });
  expect(screen.reconnects).toHaveLength(1);
  screen.press('space');
  screen.dispatch({ type: 'reconnect:started' });
  const next = new FakeSession(lensOf(script, facts));
  const built = script.build(proposal.id);
  if (typeof built === 'string') throw new Error(built);
  const subscribe = next.subscribe.bind(next);
  next.subscribe = listener => {
    const stop = subscribe(listener);
    listener({ type: 'build:finished', proposalId: 'new', built });
    return stop;
  };
  screen.attach(next);
  expect(screen.state().builds.new).toMatchObject({ state: 'built' });
});
