/** What every session must show, the real one and the fake: written from the doc comments of src/session/events.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExplorerSession, SessionEvent } from '../../src/session/events.ts';

export interface ContractSubject {
  readonly session: ExplorerSession;
  /** At least two queries, each fast enough to be measured within the test's time. */
  readonly queryIds: readonly [string, string, ...string[]];
  /** A proposal that gives the first query another plan. */
  readonly helpful: string;
  /** A proposal that leaves the first query's plan as it is. */
  readonly irrelevant: string;
}

type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** Everything a session said, and the way to wait for what it has not said yet. */
class Recorder {
  readonly events: SessionEvent[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(session: ExplorerSession) {
    session.subscribe(event => {
      this.events.push(event);
      for (const wake of [...this.waiting]) wake();
    });
  }

  all<T extends SessionEvent['type']>(type: T, from = 0): EventOf<T>[] {
    return this.events.slice(from).filter((event): event is EventOf<T> => event.type === type);
  }

  /** The first event from index `from` on that `matches`; resolves as soon as it is there. */
  async until(matches: (event: SessionEvent) => boolean, from = 0): Promise<SessionEvent> {
    for (;;) {
      const found = this.events.slice(from).find(matches);
      if (found !== undefined) return found;
      await new Promise<void>(resolve => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }

  async idle(from: number): Promise<void> {
    await this.until(event => event.type === 'session:idle', from);
  }
}

/** @param open A fresh session that nobody has wished anything of. */
export function describeSessionContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`session contract: ${name}`, () => {
    let subject: ContractSubject;
    let recorder: Recorder;
    let revision = 0;

    beforeEach(async () => {
      subject = await open();
      recorder = new Recorder(subject.session);
      revision = 0;
    });

    afterEach(async () => {
      await subject.session.close();
    });

    /** Wishes, with the first query in view; returns where the answers begin. */
    const wish = (...proposals: string[]): number => {
      const from = recorder.events.length;
      revision++;
      subject.session.wish({ revision, proposals, queryId: subject.queryIds[0] });
      return from;
    };

    it('says first, and once, that the transaction is open', async () => {
      await recorder.idle(wish());
      expect(recorder.events[0]?.type).toBe('session:opened');
      expect(recorder.all('session:opened')).toHaveLength(1);
    });

    it('plans the query in view before all others, and names the wish', async () => {
      const [, second] = subject.queryIds;
      const from = recorder.events.length;
      subject.session.wish({ revision: 7, proposals: [], queryId: second });
      await recorder.idle(from);
      const [first] = recorder.all('plan:estimated', from);
      expect(first).toMatchObject({ queryId: second, configuration: '', missing: [], revision: 7 });
    });

    it('plans every query, and measures every one', async () => {
      await recorder.idle(wish());
      const planned = recorder.all('plan:estimated').map(event => event.queryId);
      const measured = recorder.all('measurement:finished').map(event => event.queryId);
      expect(new Set(planned)).toEqual(new Set(subject.queryIds));
      expect(new Set(measured)).toEqual(new Set(subject.queryIds));
    });

    it('says what was missing while a proposal was not built, and plans again when it is', async () => {
      const { helpful, queryIds } = subject;
      const from = wish(helpful);
      await recorder.idle(from);
      const answers = recorder
        .all('plan:estimated', from)
        .filter(event => event.queryId === queryIds[0] && event.configuration === helpful);
      expect(answers.at(0)?.missing).toEqual([helpful]);
      expect(answers.at(-1)?.missing).toEqual([]);
      expect(answers.at(-1)?.plan.fingerprint).not.toBe(answers.at(0)?.plan.fingerprint);
    });

    it('builds a proposal at most once, however often it is switched', async () => {
      const { helpful } = subject;
      await recorder.idle(wish(helpful));
      await recorder.idle(wish());
      await recorder.idle(wish(helpful));
      const finished = recorder.all('build:finished').filter(event => event.proposalId === helpful);
      expect(finished).toHaveLength(1);
      const [built] = finished;
      expect(built?.built.objects.length).toBeGreaterThan(0);
      expect(built?.built.bytes).toBe(built?.built.objects.reduce((sum, object) => sum + object.bytes, 0));
    });

    it('shares the measurement of an identical plan between configurations', async () => {
      const { irrelevant, queryIds } = subject;
      await recorder.idle(wish());
      await recorder.idle(wish(irrelevant));
      const fingerprints = recorder
        .all('plan:estimated')
        .filter(event => event.queryId === queryIds[0])
        .map(event => event.plan.fingerprint);
      expect(new Set(fingerprints).size).toBe(1);
      const measured = recorder.all('measurement:finished').filter(event => event.queryId === queryIds[0]);
      expect(measured).toHaveLength(1);
    });

    it('forgets an older wish: what comes after a newer one answers that', async () => {
      wish(subject.helpful);
      const from = wish();
      await recorder.idle(from);
      const revisions = recorder.all('plan:estimated', from).map(event => event.revision);
      expect(revisions.length).toBeGreaterThan(0);
      expect(new Set(revisions)).toEqual(new Set([revision]));
    });

    it('cancels a measurement, and does not take it up again until it is wished for anew', async () => {
      const [queryId] = subject.queryIds;
      const from = wish();
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
      const again = recorder.all('measurement:running', started).filter(event => event.queryId === queryId);
      expect(again).toEqual([]);
      const anew = wish();
      await recorder.idle(anew);
      const measured = recorder.all('measurement:finished', anew).map(event => event.queryId);
      expect(measured).toContain(queryId);
    });

    it('measures again when asked to', async () => {
      const [queryId] = subject.queryIds;
      await recorder.idle(wish());
      const from = recorder.events.length;
      subject.session.measureAgain(queryId);
      await recorder.idle(from);
      const measured = recorder.all('measurement:finished', from).map(event => event.queryId);
      expect(measured).toEqual([queryId]);
    });

    it('stops telling who no longer listens', async () => {
      const heard: SessionEvent[] = [];
      const stop = subject.session.subscribe(event => heard.push(event));
      stop();
      const before = heard.length;
      await recorder.idle(wish());
      expect(heard).toHaveLength(before);
    });

    it('closes once, and is silent afterwards', async () => {
      wish(subject.helpful);
      await Promise.all([subject.session.close(), subject.session.close()]);
      expect(recorder.events.at(-1)?.type).toBe('session:closed');
      expect(recorder.all('session:closed')).toHaveLength(1);
      const said = recorder.events.length;
      wish();
      subject.session.cancel();
      subject.session.measureAgain(subject.queryIds[0]);
      await subject.session.close();
      expect(recorder.events).toHaveLength(said);
    });
  });
}
