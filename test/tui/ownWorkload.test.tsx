/** A person's own workload: values of parameters, an index that might go, errors in files, a rewrite that returns something else. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PgoptError } from '../../src/base/errors.ts';
import { locationAt } from '../../src/base/location.ts';
import type { AnswerCheck } from '../../src/session/events.ts';
import type { Workload } from '../../src/workload/workload.ts';
import type { FakeSession, Script } from '../helpers/fakeSession.ts';
import { expectFrame as matchFrame } from '../helpers/screenFrame.ts';
import { inLine, SHOWN } from '../helpers/shown.ts';
import type { Harness } from '../helpers/tuiHarness.tsx';
import { mounted } from './explorer.ts';
import { shop } from './shop.ts';

const OLD = 'idx_inventory_product';
const REWRITTEN = '05-customer-lifetime-value';

const DIFFERENT: AnswerCheck = {
  verdict: 'different',
  rows: { original: 20_000, rewrite: 20_001 },
  differing: { original: 7, rewrite: 8 },
  columns: ['customer_id', 'total_spent'],
  samples: { original: [['17', '3.50']], rewrite: [['17', null]] },
  explanation: '7 rows only in the query’s answer, 8 rows only in the rewrite’s',
  how: 'all rows counted and compared in the database; the query has no order',
};

let screen: Harness;
let session: FakeSession;

async function open(columns: number, rows: number): Promise<void> {
  const { workload: demo } = await shop();
  const text = 'SELECT 1\nFORM t';
  const problems = [
    new PgoptError('workload-invalid', 'syntax error at or near "t"', {
      location: locationAt('queries/07-bad.sql', text, 14),
    }),
    new PgoptError('workload-invalid', 'another error of the same file', {
      location: locationAt('queries/07-bad.sql', text, 0),
    }),
    new PgoptError('workload-invalid', 'queries/a b.sql: the name cannot be an id'),
  ];
  const workload: Workload = {
    ...demo,
    problems,
    queries: demo.queries.flatMap(query => {
      if (query.number !== 1) return [query];
      const values = (label: string, days: number) => ({
        title: `${query.title} · ${label}`,
        values: { label, text: `:days = ${days}` },
      });
      return [
        { ...query, ...values('a month', 30) },
        { ...query, ...values('a year', 365), id: `${query.id}#a-year` },
      ];
    }),
    proposals: demo.proposals.map(proposal =>
      proposal.id === OLD ? { ...proposal, kind: 'drop' } : proposal,
    ),
  };
  const fileOf = (id: string) => id.split('#')[0] ?? id;
  const own = (script: Script): Partial<Script> => ({
    opened: {
      ...script.opened,
      indexes: [
        {
          schema: 'public',
          name: OLD,
          table: 'inventory',
          bytes: 40 * 1024,
          scans: 0,
          statsSince: '2025-12-01T00:00:00.000Z',
          valid: true,
          unique: false,
          constraint: undefined,
          duplicateOf: undefined,
        },
      ],
    },
    plan: (id, effective) => script.plan(fileOf(id), effective),
    measurement: (id, fingerprint) => script.measurement(fileOf(id), fingerprint),
    answer: () => DIFFERENT,
  });
  ({ screen, session } = await mounted({ columns, rows, workload, own, settled: false }));
}

beforeEach(() => open(120, 40));

describe('a workload of one’s own', () => {
  it('says at once that files have errors, and lists them all under E', async () => {
    expect(await screen.frame()).toContain('2 files have errors: E shows them');
    screen.press('E');
    const frame = await screen.frame();
    expect(frame).toContain('queries/07-bad.sql:2:6: syntax error at or near "t"');
    expect(frame).toMatch(/FORM t *│\n│ {8}\^/);
    expect(frame).toContain('queries/a b.sql: the name cannot be an id');
    screen.press('escape');
    session.settle();
    expect(await screen.frame()).toMatch(inLine(SHOWN.idle, ' · 2 files have errors: E shows them'));
  });

  it('has a line for each set of values, under one number, and v goes round', async () => {
    await open(200, 60);
    session.settle();
    const frame = await screen.frame();
    expect(frame).toMatch(
      /1 Daily revenue trend · a month .*\n.*1 Daily revenue trend · a year .*\n.*2 Top products/,
    );
    screen.press('v', 's');
    expect(await screen.frame()).toContain('-- a year: :days = 365');
    screen.press('escape', 'v');
    expect(screen.state().queryId).not.toContain('#');
  });

  it('has an existing index checked until it is switched off, with what the server knows of it', async () => {
    await open(300, 60);
    session.settle();
    const line = async () => (await screen.frame()).split('\n').find(text => text.includes(OLD)) ?? '';
    expect(await line()).toMatch(inLine(`[x] ${OLD} `, '40 kB ', ` exists, ${SHOWN.unused}; never scanned`));
    screen.press('j', 'space');
    session.settle();
    expect(await line()).toMatch(inLine(`[ ] ${OLD} `, '40 kB ', ` exists, ${SHOWN.switchedOff}; never`));
    expect(session.desiredStates.at(-1)?.proposals).toEqual([OLD]);
    // What goes needs no storage.
    expect(await screen.frame()).toMatch(/storage here .* 0 B of 2 GB/);
    screen.press('enter');
    expect(await screen.frame()).toContain('exists; without it 40 kB are freed');
  });

  it('marks a rewrite that returns something else, and shows what', async () => {
    screen.press('a', '5');
    expect(screen.state().queryId).toBe(REWRITTEN);
    session.settle();
    const frame = await screen.frame();
    expect(frame).toMatch(/5≠Customer /);
    screen.press('s');
    const page = await screen.frame();
    expect(page).toContain(
      'the answer: different: 7 rows only in the query’s answer, 8 rows only in the rewrite’s',
    );
    expect(page).toContain('only in the query’s answer (1 of 7): customer_id | total_spent');
    expect(page).toContain('17 | NULL');
  });

  it.each([
    [80, 24],
    [120, 40],
  ])('fits the screen at %i×%i', async (columns, rows) => {
    await open(columns, rows);
    screen.press('a');
    session.settle();
    await matchFrame(await screen.frame(), { columns, rows }, 'own-workload');
  });
});
