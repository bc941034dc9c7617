import { describe, expect, it } from 'vitest';
import type { Plan, PlanNode } from '../../src/plan/plan.ts';
import { columns } from '../../src/report/columns.ts';
import { checkDocument } from '../../src/report/document.ts';
import { collect, NO_RESULTS } from '../../src/report/results.ts';
import { checkTable } from '../../src/report/table.ts';
import type { Measurement, SessionEvent } from '../../src/session/events.ts';
import type { Proposal, Workload } from '../../src/workload/workload.ts';

const GB = 1024 ** 3;
const node = (index: string | undefined) =>
  ({
    id: 0,
    depth: 0,
    nodeType: 'Scan',
    label: 'Scan',
    index,
    relation: 'orders',
    totalCost: 7,
    scope: 0,
    planRows: 1,
    planWidth: 8,
    hasEstimates: true,
    raw: {},
    details: [],
    children: [],
  }) as unknown as PlanNode;
const plan = (fingerprint: string, index?: string) =>
  ({ fingerprint, root: node(index), settings: {}, statement: { triggers: [] } }) as unknown as Plan;
const run = (...runsMs: number[]): Measurement => ({
  runsMs,
  medianMs: runsMs[runsMs.length >> 1],
  timedOutAfterMs: undefined,
  tree: undefined,
});
const timeout: Measurement = { runsMs: [], medianMs: undefined, timedOutAfterMs: 30_000, tree: undefined };

const workload: Workload = {
  title: 'T',
  folder: '',
  problems: [],
  callsADay: {},
  queries: ['faster', 'slower', 'same', 'late', 'broken'].map((title, position) => ({
    id: `0${position + 1}-${title}`,
    number: position + 1,
    title,
    targetMs: 2000,
    sql: '',
    file: '',
    values: undefined,
    rewrites: [],
  })),
  proposals: ['useful', 'idle', 'failing', 'off'].map(id => ({
    id,
    title: id,
    kind: 'index',
    statements: [],
    ddl: '',
    file: '',
  })),
  budgets: {
    storageBytes: 2 * GB,
    largeTableRows: 1e6,
    workMemBytes: 1,
    queryTargetMs: 2000,
    timeoutMs: 30_000,
    productionRows: { orders: 50_000_000 },
    productionDistinct: {},
  },
};
const WISHED = 'failing idle useful';
const ON = ['useful', 'idle', 'failing'];

/** What a session would have said: a before and an after of each query, and the fate of each proposal. */
function events(): SessionEvent[] {
  const built = (proposalId: string, bytes: number): SessionEvent => ({
    type: 'build:finished',
    proposalId,
    built: {
      buildMs: 10,
      bytes,
      objects: [{ kind: 'index', name: proposalId, table: 'orders', bytes, rows: 500_000, usable: true }],
    },
  });
  const sides = (
    queryId: string,
    before: Measurement,
    after: Measurement,
    samePlan = false,
  ): SessionEvent[] =>
    ['', WISHED].flatMap((configuration, side): SessionEvent[] => {
      const own = side === 0 || samePlan ? plan(`${queryId}0`) : plan(`${queryId}1`, 'useful');
      const measured: SessionEvent = {
        type: 'measurement:finished',
        queryId,
        fingerprint: own.fingerprint,
        // What failed to build was not there.
        configuration: side === 0 ? '' : 'idle useful',
        measurement: side === 0 ? before : after,
      };
      const estimated: SessionEvent = {
        type: 'plan:estimated',
        queryId,
        configuration,
        missing: configuration === '' ? [] : ['failing'],
        plan: own,
        rewrite: undefined,
        revision: 1,
      };
      return side === 1 && samePlan ? [estimated] : [estimated, measured];
    });
  return [
    built('useful', 40 * 1024 ** 2),
    built('idle', 1024 ** 2),
    { type: 'build:failed', proposalId: 'failing', reason: 'no such column' },
    ...sides('01-faster', run(5000, 5200, 5100), run(100, 110, 105)),
    ...sides('02-slower', run(100, 101, 102, 103), run(250, 251, 252, 253)),
    ...sides('03-same', run(7, 8, 9), run(7), true),
    ...sides('04-late', timeout, run(3000)),
    { type: 'plan:failed', queryId: '05-broken', configuration: '', reason: 'relation is gone', revision: 1 },
  ];
}
const opened = (more: Partial<Extract<SessionEvent, { type: 'session:opened' }>>): SessionEvent => ({
  type: 'session:opened',
  serverVersion: '15.18',
  database: 'd',
  user: 'u',
  hiding: 'catalog',
  openedAt: 0,
  tables: [],
  indexes: [],
  ...more,
});
const target = { label: 'here', embedded: true, scale: 0.01, loadedOn: undefined };
const document = checkDocument(workload, events().reduce(collect, NO_RESULTS), ON, target, {
  program: '0',
  at: '',
});
const lines = checkTable(document).split('\n');
const line = (start: string) => lines.find(text => text.startsWith(start)) ?? `no line ${start}`;

describe('the table of check', () => {
  it('says for each query what changed, and in capitals what got worse', () => {
    expect(line('1  faster')).toMatch(/5\.20 s +110 ms +47× faster +2 s: met +measured, 3 → 3 runs$/);
    expect(line('2  slower')).toMatch(/102 ms +252 ms +2\.4× SLOWER +2 s: met +measured, 4 → 4 runs$/);
    expect(line('3  same')).toMatch(/same plan +2 s: met +one measurement, 3 runs$/);
    expect(line('4  late')).toMatch(
      /> 30 s +3\.00 s +> 10× faster +2 s: MISSED +measured, stopped → 1 runs$/,
    );
    expect(line('5  broken')).toMatch(/failed/);
    expect(line('query 5:')).toBe('query 5: relation is gone');
  });

  it('says of which query Citus does not show the plan', () => {
    const hiding = events().map(event =>
      event.type === 'plan:estimated' && event.queryId === '03-same'
        ? { ...event, plan: { ...event.plan, hiddenTasks: true as const } }
        : event,
    );
    const hidden = checkDocument(workload, hiding.reduce(collect, NO_RESULTS), ON, target, {
      program: '0',
      at: '',
    });
    const sentence = 'query 3: Citus does not show its plan, nor which proposals it uses';
    expect(checkTable(hidden).split('\n')).toContain(sentence);
    expect(lines).not.toContain(sentence);
  });

  it('says what was set for both sides, and nothing where nothing was', () => {
    const settings = [
      { name: 'work_mem', value: '64kB', source: 'workload.json' },
      { name: 'jit', value: 'off', source: '--set' },
    ];
    const results = [opened({ settings }), ...events()].reduce(collect, NO_RESULTS);
    const told = checkTable(checkDocument(workload, results, ON, target, { program: '0', at: '' }));
    expect(told).toContain(
      'Set for all queries, before and after: work_mem = 64kB (workload.json), jit = off (--set)',
    );
    expect(lines.join()).not.toContain('Set for all queries');
    expect(document.settings).toEqual([]);
  });

  it('says of no query that it missed a target which it was not given the time for', () => {
    const patient = { ...workload, queries: workload.queries.map(query => ({ ...query, targetMs: 60_000 })) };
    const { queries } = checkDocument(patient, events().reduce(collect, NO_RESULTS), ON, target, {
      program: '0',
      at: '',
    });
    expect(queries[3]?.before).toMatchObject({ timedOutAfterMs: 30_000, meetsTarget: null });
    expect(document.queries[3]?.before).toMatchObject({ timedOutAfterMs: 30_000, meetsTarget: false });
  });

  it('says of each requirement before and after, and why it is not met', () => {
    // One that is on could not be built: the rest is judged all the same.
    expect(line('REQ-01')).toMatch(/^REQ-01 {2}faster < 2 s +FAIL 5\.20 s +pass 110 ms$/);
    expect(line('REQ-04')).toMatch(/^REQ-04 {2}late < 2 s +FAIL > 30 s +FAIL 3\.00 s$/);
    expect(lines).toContain('REQ-06 is not measured: at least 41 MB: failing not built');
    expect(lines).toContain('No schema change is not measured: not looked up yet');
  });

  it('gives the evidence for failures', () => {
    const built = ON.filter(id => id !== 'failing');
    const found = events().map(event =>
      event.type === 'plan:estimated' && event.configuration !== ''
        ? { ...event, configuration: 'idle useful', missing: [] }
        : event,
    );
    const text = checkTable(
      checkDocument(workload, found.reduce(collect, NO_RESULTS), built, target, { program: '0', at: '' }),
    );
    expect(text).toMatch(/^REQ-01 {2}faster < 2 s +FAIL 5\.20 s +pass 110 ms$/m);
    expect(text).toContain(
      [
        'REQ-04 FAILS: 3.00 s, median of 1 run; the target is under 2 s',
        '  measured: 3.00 s (planning + execution, TIMING OFF)',
        '  target: under 2 s',
      ].join('\n'),
    );
  });

  it('says for each proposal what became of it and who uses it', () => {
    expect(line('useful')).toMatch(/built +40 MB +3\.91 GB projected +10 ms +1, 2, 4$/);
    expect(line('idle')).toMatch(/built .* no query$/);
    expect(line('failing')).toMatch(/failed: no such column/);
    expect(line('off')).toMatch(/off, not built/);
  });

  it('calls sums lower bounds when something could not be built, and says who breaks the budget where', () => {
    expect(line('Budget')).toBe(
      'Budget: at least 41 MB of 2 GB here (not known to fit); at least 4.00 GB projected at production size (OVER BUDGET)',
    );
  });
});

describe('an index that exists and might go', () => {
  const old = { ...(workload.proposals[0] as Proposal), id: 'old', kind: 'drop' as const };
  const index = {
    schema: 'public',
    name: 'old_index',
    table: 'orders',
    bytes: 1024 ** 2,
    scans: 0,
    statsSince: '2026-01-01T00:00:00.000Z',
    valid: true,
    unique: false,
    constraint: undefined,
    duplicateOf: undefined,
  };
  const opened: SessionEvent = {
    type: 'session:opened',
    serverVersion: '15',
    database: 'd',
    user: 'u',
    hiding: 'catalog',
    openedAt: 0,
    tables: [],
    indexes: [
      index,
      { ...index, name: 'busy', scans: 5 },
      { ...index, name: 'broken', scans: 5, valid: false },
    ],
  };
  const found: SessionEvent = {
    type: 'build:finished',
    proposalId: 'old',
    built: {
      buildMs: 1,
      bytes: 3 * 1024 ** 2,
      objects: [
        {
          kind: 'index',
          name: 'old_index',
          table: 'orders',
          bytes: 3 * 1024 ** 2,
          rows: 1,
          usable: true,
          existing: true,
        },
      ],
    },
  };
  const withOld = (...on: string[]) =>
    checkDocument(
      { ...workload, proposals: [...workload.proposals, old] },
      [opened, ...events(), found].reduce(collect, NO_RESULTS),
      on,
      target,
      { program: '0', at: '' },
    );

  it('is on while it is there, and costs nothing', () => {
    const there = withOld(...ON);
    expect(there.proposals.at(-1)).toMatchObject({ id: 'old', on: true });
    expect(there.storage).toMatchObject({ bytes: document.storage.bytes, freedBytes: 0 });
    expect(checkTable(there)).toMatch(/^old +exists; old_index: never scanned since 2026-01-01 +3\.0 MB/m);
  });

  it('frees its size when it is switched off, beside what the proposals need', () => {
    const gone = withOld(...ON, 'old');
    expect(gone.proposals.at(-1)).toMatchObject({ id: 'old', on: false });
    expect(gone.storage).toMatchObject({ bytes: document.storage.bytes, freedBytes: 3 * 1024 ** 2 });
    expect(checkTable(gone)).toMatch(/^old +exists, switched off; old_index: never scanned/m);
    expect(checkTable(gone)).toMatch(/freed by what is switched off: 3\.0 MB/);
  });

  it('is pointed at without a proposal, too', () => {
    expect(withOld().indexNotes.map(({ name }) => name)).toEqual(['old_index', 'broken']);
    expect(checkTable(withOld())).toMatch(/^ {2}broken on orders, 1\.0 MB: invalid: every write/m);
  });
});

describe('the document of check', () => {
  it('keeps bounds apart from measurements', () => {
    const [faster, , same, late] = document.queries;
    expect(faster).toMatchObject({ samePlan: false, before: { how: 'measured', minMs: 5000, maxMs: 5200 } });
    expect(same).toMatchObject({ samePlan: true, factor: null, after: { how: 'reused' } });
    expect(late).toMatchObject({
      factor: null,
      before: { how: 'timed out', medianMs: null, meetsTarget: false },
    });
  });

  it('gives the test with each change, and calls too few runs no change', () => {
    const changeOf = (before: readonly number[], after: readonly number[]) => {
      const found = events().map(event =>
        event.type === 'measurement:finished' && event.queryId === '02-slower'
          ? { ...event, measurement: run(...(event.fingerprint.endsWith('0') ? before : after)) }
          : event,
      );
      return checkDocument(workload, found.reduce(collect, NO_RESULTS), ON, target, { program: '0', at: '' })
        .queries[1];
    };
    expect(document.queries[1]).toMatchObject({ change: 'slower', p: 2 / 70, tooFew: false });
    expect(document.queries[1]?.interval?.map(end => Math.round((end ?? 0) * 100))).toEqual([40, 41]);
    expect(changeOf([127], [100])).toMatchObject({ change: 'unknown', tooFew: true });
    expect(changeOf([100, 101, 102, 103, 104], [94, 95, 96, 97, 110])).toMatchObject({
      change: 'no clear difference',
      tooFew: false,
    });
  });
});

describe('a query that failed after it was planned', () => {
  it('changed in no known way, even with the same plan', () => {
    const failing: SessionEvent = {
      type: 'measurement:failed',
      queryId: '03-same',
      fingerprint: '03-same0',
      reason: 'division by zero',
    };
    const failed = checkDocument(workload, [...events(), failing].reduce(collect, NO_RESULTS), ON, target, {
      program: '0',
      at: '',
    });
    expect(failed.queries[2]).toMatchObject({ samePlan: true, change: 'unknown', after: { how: 'failed' } });
  });
});

describe('data in the table', () => {
  const hostile = '\u001b[2J';
  const shown = (change: (event: SessionEvent) => SessionEvent, label = 'here') =>
    checkTable(
      checkDocument(
        workload,
        events().map(change).reduce(collect, NO_RESULTS),
        ON,
        { ...target, label },
        {
          program: '0',
          at: '',
        },
      ),
    );

  it('cannot steer the terminal', () => {
    const text = shown(
      event =>
        event.type === 'build:failed' || event.type === 'plan:failed' ? { ...event, reason: hostile } : event,
      hostile,
    );
    expect(text).toMatch(/^␛\[2J: everything was rolled back/);
    expect(text).toMatch(/failed: ␛\[2J/);
    expect(text).toMatch(/query 5: ␛\[2J/);
    expect(text).not.toContain('\u001b');
  });

  it('tells an index that this transaction may not use', () => {
    const text = shown(event =>
      event.type === 'build:finished' && event.proposalId === 'idle'
        ? {
            ...event,
            built: {
              ...event.built,
              objects: event.built.objects.map(o => ({ ...o, usable: false })),
              unusable: 'start again',
            },
          }
        : event,
    );
    expect(text).toMatch(/^idle +built, unusable until committed +1\.0 MB .* unknown$/m);
    // All of them read its table.
    expect(text).toMatch(/^1 +faster +5\.20 s +unknown +unknown +2 s: not measured +unknown$/m);
    expect(text).toContain('The effect of idle is unknown: start again\n');
    expect(text).toMatch(/^REQ-01 is not measured: start again$/m);
    expect(text).toMatch(/^useful +built +40 MB/m);
  });
});

describe('columns', () => {
  it('line up by cells on the screen, not by characters', () => {
    const text = columns(
      ['a', 'b'],
      [
        ['表', '1'],
        ['xyz', '22'],
      ],
      new Set([1]),
    );
    expect(text.split('\n')).toEqual(['a     b', '───  ──', '表    1', 'xyz  22']);
  });
});
