/** What `check --json` writes, `check --baseline` reads, whatever the session found; and it compares cleanly with itself. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from '../../../src/base/format.ts';
import { parsePlan } from '../../../src/plan/parse.ts';
import { compareWithBaseline } from '../../../src/report/baseline/compare.ts';
import { readBaseline } from '../../../src/report/baseline/read.ts';
import { checkDocument } from '../../../src/report/document.ts';
import { collect, NO_RESULTS } from '../../../src/report/results.ts';
import { configurationKey } from '../../../src/session/configuration.ts';
import type { SessionEvent } from '../../../src/session/events.ts';
import type { Proposal, Workload } from '../../../src/workload/workload.ts';
import { anyCharacter } from '../../helpers/anyCharacter.ts';
import { anyTree } from '../../plan/plans.ts';

/** As a server may give it: negative, beyond 2^53, with a fraction. */
const figure = fc.oneof(
  fc.integer({ min: -8192, max: 1_000_000 }),
  // JSON has no -0.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0),
  fc.constantFrom(2 ** 53, 2 ** 53 + 2, -(2 ** 60), 3.4e38, -8192, 0),
);
/** Of workload.json, which is checked. */
const size = fc.oneof(fc.integer({ min: 1 }), fc.constantFrom(2 ** 53, 0.5, 1e300));
const word = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 12 }),
  fc.constantFrom('__proto__', '4711', '\u001b[2J'),
);
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const anyPlan = fc
  .record({ tree: anyTree, table: word, hypothetical: fc.boolean(), fingerprint: word })
  .map(({ tree, table, hypothetical, fingerprint }) => ({
    ...parsePlan([{ Plan: { ...tree, 'Relation Name': table } }]),
    fingerprint,
    ...(hypothetical ? { hypothetical: true as const } : {}),
  }));
const measurement = fc.record({
  runsMs: fc.array(figure, { maxLength: 5 }),
  medianMs: maybe(figure),
  timedOutAfterMs: maybe(figure),
  tree: maybe(anyPlan),
});
const object = fc.record({
  kind: fc.constantFrom('index' as const, 'materialized view' as const, 'statistics' as const),
  name: word,
  table: word,
  bytes: figure,
  rows: figure,
  usable: fc.boolean(),
});
const built = fc.record(
  {
    buildMs: figure,
    bytes: figure,
    objects: fc.array(object, { maxLength: 2 }),
    hypothetical: fc.constant(true as const),
    inPlace: word,
    unusable: word,
  },
  { requiredKeys: ['buildMs', 'bytes', 'objects'] },
);
const fate = fc.oneof(
  built.map(it => ({ type: 'build:finished' as const, built: it })),
  word.map(reason => ({ type: 'build:failed' as const, reason })),
  fc.constant({ type: 'build:cancelled' as const }),
  fc.constant(undefined),
);
const answer = fc.record({
  verdict: fc.constantFrom(
    'same' as const,
    'same but for ties' as const,
    'different' as const,
    'not compared' as const,
  ),
  rows: maybe(fc.record({ original: figure, rewrite: figure })),
  differing: fc.record({ original: figure, rewrite: figure }),
  columns: fc.array(word, { maxLength: 2 }),
  samples: fc.constant({ original: [[null, 'x']], rewrite: [] }),
  explanation: word,
  how: word,
});
const opened = fc.record({
  serverVersion: word,
  database: word,
  user: word,
  hiding: fc.constantFrom('catalog' as const, 'drop' as const, 'lens' as const),
  openedAt: figure,
  role: maybe(fc.record({ name: word, missing: fc.array(word) })),
  rowSecurityBypassed: maybe(fc.array(word)),
  hypopg: maybe(word),
  tables: fc.uniqueArray(
    fc.record(
      {
        schema: word,
        name: word,
        rows: figure,
        bytes: figure,
        allVisible: figure,
        hasParts: fc.boolean(),
        counted: fc.boolean(),
        partOf: word,
      },
      { requiredKeys: ['name', 'rows', 'bytes', 'allVisible'] },
    ),
    { maxLength: 4, selector: ({ schema, name }) => `${schema ?? 'public'}.${name}` },
  ),
  indexes: fc.constant([]),
  likeness: fc.constant(new Map([['new', ['a copy of old']]])),
  settings: maybe(fc.array(fc.record({ name: word, value: word, source: word }), { maxLength: 2 })),
});

const IDS = ['new', 'old', 'view'];
const proposals = IDS.map(
  (id): Proposal => ({
    id,
    title: id,
    kind: id === 'old' ? 'drop' : id === 'view' ? 'view' : 'index',
    statements: [],
    ddl: '',
    file: '',
  }),
);
const oneQuery = fc.record({
  title: word,
  targetMs: figure,
  before: maybe(fc.oneof(anyPlan, word)),
  after: maybe(fc.oneof(anyPlan, word)),
  measured: fc.record({
    before: maybe(fc.oneof(measurement, word)),
    after: maybe(fc.oneof(measurement, word)),
  }),
  answer: maybe(answer),
});

const document = fc
  .record({
    queries: fc.array(oneQuery, { minLength: 1, maxLength: 3 }),
    fates: fc.tuple(fate, fate, fate),
    on: fc.subarray(IDS),
    opened: maybe(opened),
    figures: fc.record({ storageBytes: size, largeTableRows: size, workMemBytes: size, timeoutMs: size }),
  })
  .map(({ queries, fates, on, opened: first, figures }) => {
    const workload: Workload = {
      title: 'made',
      folder: '',
      problems: [],
      callsADay: {},
      proposals,
      queries: queries.map(({ title, targetMs }, at) => ({
        id: `0${at}`,
        number: at + 1,
        title,
        targetMs,
        sql: '',
        file: '',
        values: undefined,
        rewrites: [{ id: 'view', needs: ['view'], sql: '', file: '', text: '' }],
      })),
      budgets: { ...figures, queryTargetMs: 1, productionRows: { t: 5 }, productionDistinct: {} },
    };
    const events: SessionEvent[] = [
      ...(first === undefined ? [] : [{ type: 'session:opened' as const, ...first }]),
      ...fates.flatMap((one, at): SessionEvent[] =>
        one === undefined ? [] : [{ ...one, proposalId: IDS[at] ?? '' }],
      ),
      ...queries.flatMap((one, at) =>
        (['before', 'after'] as const).flatMap((side): SessionEvent[] => {
          const queryId = `0${at}`;
          const configuration = side === 'before' ? '' : configurationKey(on);
          const plan = one[side];
          const measured = one.measured[side];
          if (plan === undefined) return [];
          if (typeof plan === 'string')
            return [{ type: 'plan:failed', queryId, configuration, reason: plan, revision: 1 }];
          const { fingerprint } = plan;
          const estimated: SessionEvent = {
            type: 'plan:estimated',
            queryId,
            configuration,
            plan,
            missing: [],
            rewrite: side === 'after' ? 'view' : undefined,
            revision: 1,
          };
          if (measured === undefined) return [estimated];
          return [
            estimated,
            typeof measured === 'string'
              ? { type: 'measurement:failed', queryId, fingerprint, reason: measured }
              : { type: 'measurement:finished', queryId, configuration, fingerprint, measurement: measured },
          ];
        }),
      ),
      ...queries.flatMap((one, at): SessionEvent[] =>
        one.answer === undefined
          ? []
          : [{ type: 'answer:compared', queryId: `0${at}`, rewrite: 'view', answer: one.answer }],
      ),
    ];
    return checkDocument(
      workload,
      events.reduce(collect, NO_RESULTS),
      on,
      { label: 'here', embedded: false, scale: undefined, loadedOn: undefined },
      { program: '1', at: '2026-01-01T00:00:00Z' },
    );
  });

it('is read, whatever is in it, and differs from itself in nothing', () => {
  fc.assert(
    fc.property(document, now => {
      const then = readBaseline(jsonText(now, 2), 'plans.json');
      const compared = compareWithBaseline('plans.json', then, now);
      expect(compared).toEqual(compareWithBaseline('plans.json', now, now));
      expect(compared.circumstances).toEqual([]);
      expect(compared.worse).toBe(false);
    }),
    { numRuns: 300 },
  );
});
