import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { type Built, builtNothing } from '../../src/session/builders/builder.ts';
import { Configuration } from '../../src/session/configuration.ts';
import { type AnswerCheck, answerKey, type Measurement, measurementKey } from '../../src/session/events.ts';
import { Knowledge, textsFor } from '../../src/session/knowledge.ts';
import { type Interleave, withRuns } from '../../src/session/measure.ts';
import { givesWay, type Job, nextJob } from '../../src/session/schedule.ts';
import type { Proposal, Query, Workload } from '../../src/workload/workload.ts';

const query = (id: string): Query => ({
  id,
  number: 1,
  title: id,
  targetMs: 1,
  sql: id,
  file: id,
  values: undefined,
  rewrites: id === 'b' ? [{ id: 'view', needs: ['view'], sql: 'rewritten', file: '', text: '' }] : [],
});
const proposal = (id: string): Proposal => ({
  id,
  title: id,
  kind: 'index',
  statements: [],
  ddl: '',
  file: '',
});
const workload: Workload = {
  title: '',
  folder: '',
  problems: [],
  callsADay: {},
  queries: [query('a'), query('b')],
  proposals: [proposal('one'), proposal('two')],
  budgets: {
    storageBytes: 1,
    largeTableRows: 1,
    workMemBytes: 1,
    queryTargetMs: 1,
    timeoutMs: 1,
    productionRows: {},
    productionDistinct: {},
  },
};
const built: Built = { ...builtNothing(), buildMs: 1 };
const desired = (proposals: readonly string[], queryId = 'a') => ({ revision: 1, proposals, queryId });

const ONCE = { runsMs: [1], medianMs: 1, timedOutAfterMs: undefined, tree: undefined };
const twice: Interleave = (before, after) =>
  before?.runsMs.length === 1 && after?.runsMs.length === 1 ? ['before', 'after'] : [];

/** Does what nextJob says until nothing is left; the plan of a query differs by configuration unless `same`. */
function order(
  knowledge: Knowledge,
  wanted: ReturnType<typeof desired>,
  eager: boolean,
  same = false,
  interleave?: Interleave,
): string[] {
  const done: string[] = [];
  for (;;) {
    const job = nextJob(wanted, knowledge, workload, eager, interleave);
    if (job === undefined) return done;
    switch (job.kind) {
      case 'estimate': {
        const fingerprint = same ? 'f' : `f(${job.effective.members})`;
        const plan = { fingerprint } as Plan;
        knowledge.learnEstimate(job.queryId, job.effective, { plan, failure: undefined, rewrite: undefined });
        done.push(`plan ${job.queryId} under [${job.effective.members}]`);
        break;
      }
      case 'build':
        knowledge.built.set(job.proposalId, built);
        done.push(`build ${job.proposalId}${job.wanted ? ' (desired)' : ''}`);
        break;
      case 'compare':
        knowledge.answers.set(answerKey(job.queryId, job.rewrite), {} as AnswerCheck);
        done.push(`compare ${job.queryId} @${job.rewrite}`);
        break;
      case 'measure':
        knowledge.learnMeasurement(job.queryId, job.fingerprint, interleave === undefined ? 'failed' : ONCE);
        done.push(`run ${job.queryId} ${job.fingerprint}${job.once === true ? ' once' : ''}`);
        break;
      case 'interleave':
        for (const { fingerprint } of Object.values(job.plans))
          knowledge.learnMeasurement(job.queryId, fingerprint, withRuns(ONCE, [1, 1]));
        done.push(`run ${job.queryId} ${job.turns.join(' ')}`);
    }
  }
}

describe('the order of work', () => {
  it('plans first, then builds what is desired, then runs the query in view, then the rest', () => {
    expect(order(new Knowledge(), desired(['two'], 'b'), false)).toEqual([
      'plan b under []',
      'plan a under []',
      'build two (desired)',
      'plan b under [two]',
      'plan a under [two]',
      'run b f(two)',
      'run b f()',
      'run a f(two)',
      'run a f()',
    ]);
  });

  it('builds unasked where eager, after the query in view is measured', () => {
    expect(order(new Knowledge(), desired([]), true)).toEqual([
      'plan a under []',
      'plan b under []',
      'run a f()',
      'build one',
      'build two',
      'run b f()',
    ]);
  });

  it('runs a plan once, however many configurations share it', () => {
    const runs = order(new Knowledge(), desired(['one']), false, true).filter(step => step.startsWith('run'));
    expect(runs).toEqual(['run a f', 'run b f']);
  });

  it('runs two plans that are compared once each, then to and fro: those of others after all were run', () => {
    const steps = order(new Knowledge(), desired(['two'], 'b'), false, false, twice);
    expect(steps.filter(step => step.startsWith('run'))).toEqual([
      'run b f(two) once',
      'run b f() once',
      'run b before after',
      'run a f(two) once',
      'run a f() once',
      'run a before after',
    ]);
    const alone = order(new Knowledge(), desired(['two']), false, true, twice);
    expect(alone.filter(step => step.startsWith('run'))).toEqual(['run a f', 'run b f']);
  });

  it('runs no plan to and fro with one that cannot be run, nor again where a run failed', () => {
    const known = (after: Measurement | 'failed') => {
      const knowledge = new Knowledge();
      knowledge.built.set('two', built);
      for (const id of ['a', 'b']) {
        knowledge.learnMeasurement(id, 'f()', ONCE);
        knowledge.learnMeasurement(id, 'f(two)', after);
      }
      return knowledge;
    };
    const runs = (knowledge: Knowledge) =>
      order(knowledge, desired(['two']), false, false, twice).filter(step => step.startsWith('run'));
    expect(runs(known(ONCE))).toEqual(['run a before after', 'run b before after']);
    expect(runs(known('failed'))).toEqual([]);
    const failed = known(ONCE);
    failed.learnUnrepeatable('a', ['f()', 'f(two)']);
    expect(runs(failed)).toEqual(['run b before after']);
    const dismissed = known(ONCE);
    dismissed.dismissedMeasurements.add(measurementKey('b', 'f()'));
    expect(runs(dismissed)).toEqual(['run a before after']);
  });

  it('compares a rewrite with its query last of all, once, while its view is there', () => {
    const knowledge = new Knowledge();
    knowledge.built.set('view', built);
    const steps = order(knowledge, desired(['view']), false);
    expect(steps.at(-1)).toBe('compare b @view');
    expect(steps.filter(step => step.startsWith('compare'))).toHaveLength(1);
    expect(order(knowledge, desired([]), false)).toEqual([]);
    const dismissed = new Knowledge();
    dismissed.built.set('view', built);
    dismissed.dismissedAnswers.add(answerKey('b', 'view'));
    expect(order(dismissed, desired(['view']), false).at(-1)).toMatch(/^run/);
  });

  it('plans what writes, and never runs or compares it, not even through an approximate index', () => {
    const writing: Workload = { ...workload, queries: [{ ...query('w'), writes: 'UPDATE' }], proposals: [] };
    const knowledge = new Knowledge();
    knowledge.learnEstimate('w', Configuration.BASELINE, {
      plan: { fingerprint: 'f' } as Plan,
      failure: undefined,
      rewrite: 'near (approximate)',
    });
    expect(nextJob(desired([], 'w'), knowledge, writing, true, twice)).toBeUndefined();
    const reading = { ...writing, queries: [query('w')] };
    knowledge.dismissedMeasurements.add(measurementKey('w', 'f'));
    expect(nextJob(desired([], 'w'), knowledge, reading, true)).toMatchObject({
      kind: 'compare',
      queryId: 'w',
    });
  });

  it('runs what writes last: its runs make tables larger', () => {
    const writer: Query = { ...query('w'), writes: 'UPDATE' };
    const knowledge = new Knowledge();
    knowledge.writing = new Map([['w', undefined]]);
    const runs: string[] = [];
    for (;;) {
      const wanted = desired([], 'a');
      const job = nextJob(
        wanted,
        knowledge,
        { ...workload, queries: [query('a'), writer, query('c')] },
        false,
      );
      if (job === undefined) break;
      if (job.kind === 'estimate')
        knowledge.learnEstimate(job.queryId, job.effective, {
          plan: { fingerprint: 'f' } as Plan,
          failure: undefined,
          rewrite: undefined,
        });
      else if (job.kind === 'measure') {
        knowledge.learnMeasurement(job.queryId, job.fingerprint, 'failed');
        runs.push(job.queryId);
      } else break;
    }
    expect(runs).toEqual(['a', 'c', 'w']);
  });

  it('leaves alone what failed or was cancelled', () => {
    const knowledge = new Knowledge();
    knowledge.failedBuilds.set('one', 'why');
    knowledge.dismissedBuilds.add('two');
    knowledge.dismissedMeasurements.add(measurementKey('a', 'f()'));
    expect(order(knowledge, desired(['one', 'two']), true)).toEqual([
      'plan a under []',
      'plan b under []',
      'run b f()',
    ]);
  });
});

describe('giving way', () => {
  const run: Job = { kind: 'measure', queryId: 'a', fingerprint: 'f', effective: Configuration.BASELINE };
  const plan: Job = { kind: 'estimate', queryId: 'a', effective: Configuration.BASELINE };
  const build = (proposalId: string, wanted: boolean): Job => ({ kind: 'build', proposalId, wanted });

  it('a run gives way to anything but itself', () => {
    expect(givesWay(run, plan, desired([]))).toBe(true);
    expect(givesWay(run, { ...run, fingerprint: 'g' }, desired([]))).toBe(true);
    expect(givesWay(run, undefined, desired([]))).toBe(true);
    expect(givesWay(run, { ...run, effective: Configuration.of(['one']) }, desired([]))).toBe(false);
  });

  it('more runs of two plans give way to anything but those of the same two', () => {
    const plans = {
      before: { fingerprint: 'f', effective: Configuration.BASELINE },
      after: { fingerprint: 'g', effective: Configuration.of(['one']) },
    };
    const more: Job = { kind: 'interleave', queryId: 'a', plans, turns: ['before', 'after'] };
    const other = { ...plans, after: { fingerprint: 'h', effective: Configuration.of(['two']) } };
    expect(givesWay(more, run, desired([]))).toBe(true);
    expect(givesWay(more, undefined, desired([]))).toBe(true);
    expect(givesWay(more, { ...more, plans: other }, desired([]))).toBe(true);
    expect(givesWay(more, { ...more, turns: ['after'] }, desired([]))).toBe(false);
    expect(givesWay(run, more, desired([]))).toBe(true);
  });

  it('a build goes on while it is desired, and ends when the person changes their mind', () => {
    expect(givesWay(build('one', true), plan, desired(['one']))).toBe(false);
    expect(givesWay(build('one', true), undefined, desired([]))).toBe(true);
  });

  it('a background build gives way to a request, but not to nothing', () => {
    expect(givesWay(build('one', false), plan, desired([]))).toBe(true);
    expect(givesWay(build('one', false), build('one', false), desired([]))).toBe(false);
  });

  it('an estimate takes milliseconds and is never interrupted', () => {
    expect(givesWay(plan, run, desired([]))).toBe(false);
  });
});

describe('the text that is planned', () => {
  it('is the rewrite only while its view is built and on', () => {
    expect(textsFor(query('b'), Configuration.of(['view']))).toEqual([{ sql: 'rewritten', rewrite: 'view' }]);
    expect(textsFor(query('b'), Configuration.of(['one']))).toEqual([{ sql: 'b', rewrite: undefined }]);
  });

  it('is one of several rewrites, each only while all it needs is on', () => {
    const rewrite = (...needs: string[]) => ({
      id: needs.join('+'),
      needs,
      sql: needs.join(),
      file: '',
      text: '',
    });
    const several = { ...query('a'), rewrites: [rewrite('one'), rewrite('two'), rewrite('one', 'two')] };
    const ids = (...on: string[]) => textsFor(several, Configuration.of(on)).map(text => text.rewrite);
    expect(ids()).toEqual([undefined]);
    expect(ids('two')).toEqual(['two']);
    expect(ids('one', 'two')).toEqual(['one', 'two', 'one+two']);
  });
});
