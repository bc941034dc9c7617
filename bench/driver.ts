/** A real session at the bench's command: switches, and says how long the answer took. */
import type { ConnectionSettings } from '../src/database/connectionSettings.ts';
import { configurationKey } from '../src/session/configuration.ts';
import type { ExplorerSession, SessionEvent } from '../src/session/events.ts';
import { openSession } from '../src/session/opening.ts';
import type { Workload } from '../src/workload/workload.ts';

export class Driver {
  private readonly session: ExplorerSession;
  private revision = 0;
  /** Cancel every measurement at its start. */
  private quiet = true;

  private constructor(session: ExplorerSession) {
    this.session = session;
    session.subscribe(event => {
      if (this.quiet && event.type === 'measurement:running') session.cancel();
    });
  }

  /** Opens a session and has every proposal built. */
  static async open(
    settings: ConnectionSettings,
    workload: Workload,
    estimatesOnly: boolean,
  ): Promise<Driver> {
    const session = await openSession({ settings, workload, eager: false, now: Date.now, estimatesOnly });
    const driver = new Driver(session);
    const [query] = workload.queries;
    const all = workload.proposals.map(({ id }) => id);
    const isIdle = driver.idle();
    driver.setDesired(all, query?.id ?? '');
    await isIdle;
    return driver;
  }

  /**
   * ms from the desired state to the estimated plan of the query in view; the session is idle again when it resolves.
   * @throws Error when the session knew the plan already: then nothing would have been measured.
   */
  async switchTo(proposals: readonly string[], queryId: string): Promise<number> {
    this.quiet = true;
    const revision = this.revision + 1;
    const configuration = configurationKey(proposals);
    const plan = this.next(
      event =>
        event.type === 'plan:estimated' &&
        event.revision === revision &&
        event.queryId === queryId &&
        event.configuration === configuration,
    );
    const isIdle = this.idle();
    const startedAt = performance.now();
    this.setDesired(proposals, queryId);
    const setAt = performance.now();
    const [answeredAt] = await Promise.all([plan, isIdle]);
    // The session emits what it knows before setDesired() returns.
    if (answeredAt <= setAt)
      throw new Error(`the plan of ${queryId} with ${configuration} was known already`);
    return answeredAt - startedAt;
  }

  /** Resolves once the query in view is being run. */
  async measure(queryId: string): Promise<void> {
    this.quiet = false;
    const running = this.next(event => event.type === 'measurement:running' && event.queryId === queryId);
    this.session.measureAgain(queryId);
    await running;
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  private setDesired(proposals: readonly string[], queryId: string): void {
    this.revision += 1;
    this.session.setDesired({ revision: this.revision, proposals, queryId });
  }

  private async idle(): Promise<void> {
    await this.next(event => event.type === 'session:idle');
  }

  /** When the first such event was told (performance.now()). Rejects on what should not happen. */
  private next(isIt: (event: SessionEvent) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      const stop = this.session.subscribe(event => {
        if (event.type === 'plan:failed' || event.type === 'build:failed' || event.type === 'session:lost') {
          reject(new Error(`the session told ${event.type}: ${event.reason}`));
        } else if (isIt(event)) resolve(performance.now());
        else return;
        // `subscribe` tells the first event before it returns.
        queueMicrotask(() => stop());
      });
    });
  }
}
