/** Proposals on a real server: all of them on, in a session that is rolled back. */
import pg from 'pg';
import type { BackgroundTask } from '../../src/session/backgroundTasks.ts';
import { openSession } from '../../src/session/opening.ts';
import { record } from '../../test/helpers/recorder.ts';
import { makeWorkload } from '../../test/helpers/workload.ts';
import { settingsOf } from './settings.ts';

const url = process.env.PGOPT_ENGINE_URL ?? '';
export const settings = settingsOf(url);
export const client = new pg.Client({ connectionString: url });

/** The only value of a query's only row. */
export async function value(sql: string): Promise<unknown> {
  const { rows } = await client.query(sql);
  return Object.values(rows[0] ?? {})[0];
}

export type Texts = Readonly<Record<string, string>>;

/** Plans each query in the baseline and with all proposals, and answers `tasks` then; what was built, by its name. */
export async function tried(queries: Texts, proposals: Texts, tasks: readonly BackgroundTask[] = []) {
  const workload = await makeWorkload({ queries, proposals });
  const session = await openSession({ settings, workload, eager: false, now: Date.now, estimatesOnly: true });
  const recorder = record(session);
  const planned = async (revision: number, on: readonly string[]) => {
    const from = recorder.events.length;
    session.setDesired({ revision, proposals: on, queryId: Object.keys(queries)[0] ?? '' });
    await recorder.idle(from);
    const plans = recorder.ofType('plan:estimated', from).filter(({ missing }) => missing.length === 0);
    return new Map(plans.map(({ queryId, plan }) => [queryId, plan]));
  };
  const before = await planned(1, []);
  const after = await planned(2, Object.keys(proposals));
  const answers = [];
  for (const task of tasks) answers.push(await session.background(task));
  await session.close();
  const failed = recorder.ofType('build:failed').map(({ proposalId, reason }) => `${proposalId}: ${reason}`);
  if (failed.length > 0) throw new Error(failed.join('\n'));
  const built = recorder.ofType('build:finished').flatMap(event => event.built.objects);
  const opened = recorder.ofType('session:opened')[0];
  return { before, after, answers, opened, objects: new Map(built.map(object => [object.name, object])) };
}
