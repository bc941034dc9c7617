/** What every session must show, the real one and the fake: written from the doc comments of src/session/events.ts. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ATTENDED_MS, interleaving } from '../../src/advisor/interleave.ts';
import { LOOKS } from '../../src/advisor/verdict.ts';
import { median } from '../../src/base/statistics.ts';
import { configurationKey } from '../../src/session/configuration.ts';
import type { ExplorerSession, SessionEvent, SettingChoice } from '../../src/session/events.ts';
import type { Interleave } from '../../src/session/measure.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { type Recorder, record } from '../helpers/recorder.ts';

interface ContractSubject {
  readonly session: ExplorerSession;
  /** At least two queries, each fast enough to be measured within the test's time. */
  readonly queryIds: readonly [string, string, ...string[]];
  /** A proposal that gives the first query another plan. */
  readonly helpful: string;
  /** A proposal that leaves the first query's plan as it is. */
  readonly irrelevant: string;
  /** Gives the first query another plan while `helpful` is on. */
  readonly steers: SettingChoice;
  /** A proposal of a view, and the query that has a rewrite for it, of the view's name. */
  readonly view: { readonly proposal: string; readonly queryId: string };
  /** Relations that `helpful` makes beside its objects: on chunks. */
  readonly parts?: number;
  readonly workload: Workload;
}

/** @param open A fresh session without a desired state; with `interleave` it runs plans that are compared to and fro. */
export function describeSessionContract(
  name: string,
  open: (interleave?: Interleave) => Promise<ContractSubject>,
): void {
  describe(`session contract: ${name}`, () => {
    let subject: ContractSubject;
    let recorder: Recorder;
    let revision = 0;

    beforeEach(async () => {
      subject = await open();
      recorder = record(subject.session);
      revision = 0;
    });

    afterEach(async () => {
      await subject.session.close();
    });

    /** Sets the desired state, with the first query in view; returns where the answers begin. */
    const desired = (...proposals: string[]): number => {
      const from = recorder.events.length;
      revision++;
      subject.session.setDesired({ revision, proposals, queryId: subject.queryIds[0] });
      return from;
    };

    it('says first, and once, that the transaction is open', async () => {
      await recorder.idle(desired());
      expect(recorder.events[0]?.type).toBe('session:opened');
      expect(recorder.ofType('session:opened')).toHaveLength(1);
    });

    it('plans the query in view before all others, and names the desired state', async () => {
      const [, second] = subject.queryIds;
      const from = recorder.events.length;
      subject.session.setDesired({ revision: 7, proposals: [], queryId: second });
      await recorder.idle(from);
      const [first] = recorder.ofType('plan:estimated', from);
      expect(first).toMatchObject({ queryId: second, configuration: '', missing: [], revision: 7 });
    });

    it('plans every query, and measures every one', async () => {
      await recorder.idle(desired());
      const planned = recorder.ofType('plan:estimated').map(event => event.queryId);
      const measured = recorder.ofType('measurement:finished').map(event => event.queryId);
      expect(new Set(planned)).toEqual(new Set(subject.queryIds));
      expect(new Set(measured)).toEqual(new Set(subject.queryIds));
    });

    it('says what was missing while a proposal was not built, and plans again when it is', async () => {
      const { helpful, queryIds } = subject;
      const from = desired(helpful);
      await recorder.idle(from);
      const answers = recorder
        .ofType('plan:estimated', from)
        .filter(event => event.queryId === queryIds[0] && event.configuration === helpful);
      expect(answers.at(0)?.missing).toEqual([helpful]);
      expect(answers.at(-1)?.missing).toEqual([]);
      expect(answers.at(-1)?.plan.fingerprint).not.toBe(answers.at(0)?.plan.fingerprint);
    });

    it('builds a proposal at most once, however often it is switched', async () => {
      const { helpful } = subject;
      await recorder.idle(desired(helpful));
      await recorder.idle(desired());
      await recorder.idle(desired(helpful));
      const finished = recorder.ofType('build:finished').filter(event => event.proposalId === helpful);
      expect(finished).toHaveLength(1);
      const [built] = finished;
      expect(built?.built.objects.length).toBeGreaterThan(0);
      expect(built?.built.bytes).toBe(built?.built.objects.reduce((sum, object) => sum + object.bytes, 0));
    });

    it('shares the measurement of an identical plan between configurations', async () => {
      const { irrelevant, queryIds } = subject;
      await recorder.idle(desired());
      await recorder.idle(desired(irrelevant));
      const fingerprints = recorder
        .ofType('plan:estimated')
        .filter(event => event.queryId === queryIds[0])
        .map(event => event.plan.fingerprint);
      expect(new Set(fingerprints).size).toBe(1);
      const measured = recorder.ofType('measurement:finished').filter(event => event.queryId === queryIds[0]);
      expect(measured).toHaveLength(1);
    });

    it('forgets an older desired state: what comes after a newer one answers that', async () => {
      desired(subject.helpful);
      const from = desired();
      await recorder.idle(from);
      const revisions = recorder.ofType('plan:estimated', from).map(event => event.revision);
      expect(revisions.length).toBeGreaterThan(0);
      expect(new Set(revisions)).toEqual(new Set([revision]));
    });

    it('cancels a measurement, and does not take it up again until it is desired again', async () => {
      const [queryId] = subject.queryIds;
      const from = desired();
      const running = await recorder.until(
        event => event.type === 'measurement:running' && event.queryId === queryId,
        from,
      );
      subject.session.cancel();
      const started = recorder.events.indexOf(running) + 1;
      const ended = await recorder.until(
        event =>
          (event.type === 'measurement:cancelled' || event.type === 'measurement:finished') &&
          event.queryId === queryId,
        started,
      );
      expect(ended.type).toBe('measurement:cancelled');
      await recorder.idle(started);
      const again = recorder
        .ofType('measurement:running', started)
        .filter(event => event.queryId === queryId);
      expect(again).toEqual([]);
      const anew = desired();
      await recorder.idle(anew);
      const measured = recorder.ofType('measurement:finished', anew).map(event => event.queryId);
      expect(measured).toContain(queryId);
    });

    it('measures again when asked to', async () => {
      const [queryId] = subject.queryIds;
      await recorder.idle(desired());
      const from = recorder.events.length;
      subject.session.measureAgain(queryId);
      await recorder.idle(from);
      const measured = recorder.ofType('measurement:finished', from).map(event => event.queryId);
      expect(measured).toEqual([queryId]);
    });

    it('runs two plans of a query to and fro until they can be compared, and no more afterwards', async () => {
      await subject.session.close();
      subject = await open(interleaving(ATTENDED_MS));
      recorder = record(subject.session);
      const { helpful, queryIds } = subject;
      const [queryId] = queryIds;
      await recorder.idle(desired());
      const from = desired(helpful);
      await recorder.idle(from);
      const planOf = (configuration: string) =>
        recorder
          .ofType('plan:estimated')
          .filter(event => event.queryId === queryId && event.configuration === configuration)
          .at(-1)?.plan.fingerprint;
      const lastOf = (fingerprint: string | undefined) =>
        recorder
          .ofType('measurement:finished')
          .filter(event => event.queryId === queryId && event.fingerprint === fingerprint)
          .at(-1)?.measurement;
      const sides = ['', helpful].map(configuration => lastOf(planOf(configuration)));
      for (const side of sides) {
        expect(side?.runsMs.length).toBeGreaterThanOrEqual(LOOKS[0].rounds);
        expect(side?.medianMs).toBe(median(side?.runsMs ?? []));
        expect(side?.tree).toBeDefined();
      }
      const again = recorder
        .ofType('measurement:running', from)
        .filter(event => event.queryId === queryId && event.more === true);
      expect(again.map(({ fingerprint }) => fingerprint)).toContain(planOf(helpful));
      await recorder.idle(desired());
      const anew = desired(helpful);
      await recorder.idle(anew);
      expect(recorder.ofType('measurement:running', anew)).toEqual([]);
    });

    it('compares a rewrite with its query once, after all run times, while its view is on', async () => {
      const { view } = subject;
      await recorder.idle(desired());
      expect(recorder.ofType('answer:compared')).toEqual([]);
      const from = desired(view.proposal);
      await recorder.idle(from);
      const [compared, ...more] = recorder.ofType('answer:compared', from);
      expect(compared).toMatchObject({
        queryId: view.queryId,
        rewrite: view.proposal,
        answer: { verdict: 'same' },
      });
      expect(more).toEqual([]);
      const types = recorder.events.slice(from).map(event => event.type);
      expect(types.lastIndexOf('measurement:finished')).toBeLessThan(types.indexOf('answer:comparing'));
      await recorder.idle(desired());
      await recorder.idle(desired(view.proposal));
      expect(recorder.ofType('answer:compared')).toHaveLength(1);
    });

    it('plans and compares the rewrites that a revision brings, and no more those that it takes away', async () => {
      const { view, workload, session } = subject;
      const withRewrites = (keep: boolean): Workload => ({
        ...workload,
        queries: workload.queries.map(query =>
          query.id === view.queryId ? { ...query, rewrites: keep ? [...query.rewrites] : [] } : query,
        ),
      });
      const rewriteOf = (from: number) =>
        recorder
          .ofType('plan:estimated', from)
          .findLast(({ queryId, configuration }) => queryId === view.queryId && configuration !== '')
          ?.rewrite;
      session.revise(withRewrites(false));
      const without = desired(view.proposal);
      await recorder.idle(without);
      expect(rewriteOf(without)).toBeUndefined();
      expect(recorder.ofType('answer:compared')).toEqual([]);

      session.revise(withRewrites(true));
      const from = desired(view.proposal);
      await recorder.idle(from);
      expect(rewriteOf(from)).toBe(view.proposal);
      expect(recorder.ofType('answer:compared', from)).toHaveLength(1);
      // What was built stays as it was.
      expect(recorder.ofType('build:finished', from)).toEqual([]);

      session.revise(withRewrites(false));
      const gone = desired(view.proposal);
      await recorder.idle(gone);
      expect(rewriteOf(gone)).toBeUndefined();
      expect(recorder.ofType('answer:compared', gone)).toEqual([]);
    });

    it('cancels a comparison, and takes it up with the next desired state', async () => {
      const { view } = subject;
      const from = desired(view.proposal);
      await recorder.until(event => event.type === 'answer:comparing', from);
      subject.session.cancel();
      const ended = await recorder.until(
        event =>
          (event.type.startsWith('answer:comp') === false && event.type.startsWith('answer:')) ||
          event.type === 'answer:compared',
        from,
      );
      await recorder.idle(from);
      if (ended.type === 'answer:cancelled') expect(recorder.ofType('answer:compared', from)).toEqual([]);
      await recorder.idle(desired(view.proposal));
      expect(recorder.ofType('answer:compared', from)).toHaveLength(1);
    });

    it('answers single questions without any desired state, and about the configuration that is asked for', async () => {
      const { session, helpful, view, queryIds } = subject;
      const [queryId] = queryIds;
      const bare = await session.background({ kind: 'estimate', queryId, proposals: [helpful] });
      expect(bare).toMatchObject({ kind: 'estimated', rewrite: undefined, explains: 1 });
      expect(await session.background({ kind: 'build', proposalId: helpful })).toMatchObject({
        kind: 'built',
      });
      const better = await session.background({ kind: 'estimate', queryId, proposals: [helpful] });
      const before = await session.background({ kind: 'estimate', queryId, proposals: [] });
      if (bare.kind !== 'estimated' || better.kind !== 'estimated' || before.kind !== 'estimated')
        throw new Error('no plan');
      expect(before.plan.fingerprint).toBe(bare.plan.fingerprint);
      expect(better.plan.fingerprint).not.toBe(bare.plan.fingerprint);
      const run = {
        kind: 'run',
        queryId,
        proposals: [helpful],
        rewrite: undefined,
        limitMs: 30_000,
      } as const;
      const ran = await session.background({ ...run, look: 'run' });
      expect(ran).toMatchObject({ kind: 'ran', plan: { fingerprint: better.plan.fingerprint } });
      expect(ran.kind === 'ran' && ran.ms).toBeGreaterThan(0);
      await session.background({ kind: 'build', proposalId: view.proposal });
      const compared = await session.background({
        kind: 'compare',
        queryId: view.queryId,
        rewrite: view.proposal,
      });
      expect(compared).toMatchObject({ kind: 'compared', answer: { verdict: 'same' } });
      expect(recorder.ofType('plan:estimated')).toEqual([]);
      expect(recorder.ofType('build:finished')).toHaveLength(2);
    });

    it('answers single questions when no desired state has anything left to do', async () => {
      const { session, helpful, queryIds } = subject;
      const order: string[] = [];
      desired(helpful);
      const answered = session
        .background({ kind: 'estimate', queryId: queryIds[1], proposals: [] })
        .then(({ kind }) => order.push(kind));
      session.subscribe(event => {
        if (event.type === 'session:idle') order.push('idle');
      });
      await answered;
      expect(order).toEqual(['idle', 'estimated']);
    });

    it('says that it is idle again after a question that it told of, a build', async () => {
      await recorder.idle(desired());
      const from = recorder.events.length;
      await subject.session.background({ kind: 'build', proposalId: subject.helpful });
      await recorder.idle(from);
      expect(recorder.ofType('build:finished', from)).toHaveLength(1);
      expect(recorder.events.at(-1)?.type).toBe('session:idle');
    });

    it('ends a request whose caller has stopped waiting, and all of them when it closes', async () => {
      const { session, queryIds } = subject;
      const [queryId] = queryIds;
      desired();
      const question = { kind: 'estimate', queryId, proposals: [] } as const;
      const abort = new AbortController();
      const given = session.background(question, abort.signal);
      abort.abort();
      expect(await given).toEqual({ kind: 'ended' });
      const waiting = session.background(question);
      await session.close();
      expect((await waiting).kind).toBe('ended');
      expect(await session.background(question)).toEqual({ kind: 'ended' });
    });

    /** With settings, and the first query in view. */
    const setWith = (settings: readonly SettingChoice[], ...proposals: string[]): number => {
      const from = recorder.events.length;
      revision++;
      subject.session.setDesired({ revision, proposals, settings, queryId: subject.queryIds[0] });
      return from;
    };

    it('sets what is desired beside the proposals, and leaves the baseline as it is', async () => {
      const { helpful, steers, queryIds } = subject;
      await recorder.idle(desired(helpful));
      const from = setWith([steers], helpful);
      await recorder.idle(from);
      const planned = (configuration: string) =>
        recorder
          .ofType('plan:estimated')
          .findLast(event => event.queryId === queryIds[0] && event.configuration === configuration)?.plan
          .fingerprint;
      const key = configurationKey([helpful], [steers]);
      expect(planned(key)).toBeDefined();
      expect(planned(key)).not.toBe(planned(helpful));
      const baselines = recorder.ofType('plan:estimated').filter(({ configuration }) => configuration === '');
      expect(new Set(baselines.map(({ queryId, plan }) => queryId + plan.fingerprint)).size).toBe(
        queryIds.length,
      );
      const again = desired(helpful);
      await recorder.idle(again);
      expect(recorder.ofType('plan:estimated', again)[0]?.configuration).toBe(helpful);
      expect(recorder.ofType('measurement:finished', again)).toEqual([]);
    });

    it('reuses a run time where a setting only weighs, and measures again where it changes the run', async () => {
      await recorder.idle(desired());
      const weighs = setWith([{ name: 'effective_cache_size', value: '2GB' }]);
      await recorder.idle(weighs);
      expect(recorder.ofType('plan:estimated', weighs).length).toBeGreaterThan(0);
      expect(recorder.ofType('measurement:finished', weighs)).toEqual([]);
      const choice = { name: 'work_mem', value: '5MB' };
      const runs = setWith([choice]);
      await recorder.idle(runs);
      const measured = recorder.ofType('measurement:finished', runs);
      expect(measured.map(({ queryId }) => queryId).sort()).toEqual([...subject.queryIds].sort());
      expect(new Set(measured.map(({ configuration }) => configuration))).toEqual(
        new Set([configurationKey([], [choice])]),
      );
    });

    it('says of a value that the server refuses why there is no plan, and goes on', async () => {
      await recorder.idle(desired());
      const from = setWith([{ name: 'work_mem', value: 'lots' }]);
      await recorder.idle(from);
      const failed = recorder.ofType('plan:failed', from);
      expect(failed.length).toBeGreaterThan(0);
      expect(failed[0]?.reason).toMatch(/invalid value for parameter "work_mem"/);
      const again = setWith([{ name: 'work_mem', value: '5MB' }]);
      await recorder.idle(again);
      expect(recorder.ofType('plan:failed', again)).toEqual([]);
    });

    it('tells what the settings are and which values the server takes, and sets none', async () => {
      const { session } = subject;
      const from = recorder.events.length;
      session.readSettings();
      session.trySetting({ name: 'work_mem', value: '16 MB' });
      session.trySetting({ name: 'work_mem', value: 'lots' });
      session.trySetting({ name: 'log_statement', value: 'all' });
      await recorder.until(event => event.type === 'settings:read', from);
      await recorder.until(event => event.type === 'setting:refused' && event.name === 'log_statement', from);
      await recorder.until(event => event.type === 'setting:refused' && event.value === 'lots', from);
      await recorder.until(event => event.type === 'setting:accepted', from);
      expect(recorder.ofType('setting:accepted', from)).toEqual([
        { type: 'setting:accepted', name: 'work_mem', value: '16MB' },
      ]);
      const own = recorder
        .ofType('settings:read', from)[0]
        ?.settings?.find(({ name }) => name === 'work_mem');
      expect(own).toEqual({
        name: 'work_mem',
        value: '64MB',
        delivered: '4MB',
        source: 'workload.json',
      });
    });

    it('answers single questions under settings', async () => {
      const { session, helpful, steers, queryIds } = subject;
      const [queryId] = queryIds;
      await session.background({ kind: 'build', proposalId: helpful });
      const question = { kind: 'estimate', queryId, proposals: [helpful] } as const;
      const own = await session.background(question);
      const steered = await session.background({ ...question, settings: [steers] });
      if (own.kind !== 'estimated' || steered.kind !== 'estimated') throw new Error('no plan');
      expect(steered.plan.fingerprint).not.toBe(own.plan.fingerprint);
      const run = { ...question, kind: 'run', rewrite: undefined, look: 'tree', limitMs: 30_000 } as const;
      const ran = await session.background({ ...run, settings: [steers] });
      expect(ran).toMatchObject({ kind: 'ran', plan: { fingerprint: steered.plan.fingerprint } });
      const refused = await session.background({ ...question, settings: [{ name: 'fsync', value: 'off' }] });
      expect(refused).toMatchObject({
        kind: 'failed',
        reason: expect.stringMatching(/not one of the planner/),
      });
    });

    it('looks up its promises when asked: nothing is written at first, and no other session sees what is built', async () => {
      const look = async () => {
        const from = recorder.events.length;
        subject.session.verify();
        await recorder.until(event => event.type === 'session:verified', from);
        return recorder.ofType('session:verified', from)[0]?.verified;
      };
      await recorder.idle(desired());
      const first = await look();
      expect(first).toMatchObject({ made: 0, outside: { visible: 0, transaction: 'none' } });
      expect(first?.now).toEqual(first?.opening);
      await recorder.idle(desired(subject.helpful, subject.view.proposal));
      const second = await look();
      const made = recorder
        .ofType('build:finished')
        .reduce((sum, { built }) => sum + built.objects.length, 0);
      expect(made).toBeGreaterThanOrEqual(2);
      expect(second).toMatchObject({
        made: made + (subject.parts ?? 0),
        outside: { visible: 0, transaction: 'in progress' },
      });
      expect(second?.now).toEqual(first?.opening);
      expect(second?.now?.columns).toBeGreaterThan(0);
    });

    it('stops telling who no longer listens', async () => {
      const heard: SessionEvent[] = [];
      const stop = subject.session.subscribe(event => heard.push(event));
      stop();
      const before = heard.length;
      await recorder.idle(desired());
      expect(heard).toHaveLength(before);
    });

    it('closes once, and is silent afterwards', async () => {
      desired(subject.helpful);
      await Promise.all([subject.session.close(), subject.session.close()]);
      expect(recorder.events.at(-1)?.type).toBe('session:closed');
      expect(recorder.ofType('session:closed')).toHaveLength(1);
      const said = recorder.events.length;
      desired();
      subject.session.cancel();
      subject.session.measureAgain(subject.queryIds[0]);
      await subject.session.close();
      expect(recorder.events).toHaveLength(said);
    });
  });
}
