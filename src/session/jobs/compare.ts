/** Compares the results of a query and its rewrite. */
import { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import { asUser } from '../../database/guard.ts';
import { compareRewrite, orNotCompared, withoutRows } from '../answers.ts';
import { recallOf, rowsSql } from '../approximate.ts';
import { combined } from '../builders/builder.ts';
import { Configuration } from '../configuration.ts';
import type { Running, SessionCore } from '../core.ts';
import { type AnswerCheck, answerKey } from '../events.ts';
import { sqlOf } from '../knowledge.ts';
import { approximates, rewriteOf } from '../plannedText.ts';
import { ask } from '../probe.ts';
import type { Job } from '../schedule.ts';
import { switchingsOf } from './estimate.ts';

/** @param mostMs Limit of all statements together. An answer that it cuts short is not kept. */
export async function compare(
  core: SessionCore,
  { queryId, rewrite }: Job & { kind: 'compare' },
  running: Running,
  mostMs = Number.POSITIVE_INFINITY,
): Promise<AnswerCheck | undefined> {
  const query = core.query(queryId);
  // One statement computes two answers, and the query's own may be the slow one.
  const { timeoutMs, comparisonMs: ownLimitMs = 2 * timeoutMs } = core.workload.budgets;
  const { now } = core.options;
  const startedAt = now();
  core.emit({ type: 'answer:comparing', queryId, rewrite, startedAt });
  const leftMs = () => {
    if (running.cancelled) throw new DatabaseError('cancelled', '57014');
    return Math.min(ownLimitMs, startedAt + mostMs - now());
  };
  const needs = rewriteOf(query, rewrite)?.needs ?? [];
  // Approximate indexes are off here: their answers are compared separately.
  const exactly = combined(
    core.hiding,
    [...core.knowledge.built].flatMap(([id, built]) =>
      built.approximate === true && !needs.includes(id) ? [built.switch.off] : [],
    ),
  );
  const asked = (sql: string) =>
    core.patiently(running, exactly.locks, () => ask(core.transaction, asUser(sql), leftMs(), exactly));
  const finish = (answer: AnswerCheck, isKept = true) => {
    if (isKept) core.knowledge.answers.set(answerKey(queryId, rewrite), answer);
    core.emit({ type: 'answer:compared', queryId, rewrite, answer });
    return answer;
  };
  try {
    await core.admit([query.sql, sqlOf(query, rewrite)].map(sql => ({ kind: 'query', sql })));
    const through = approximates(rewrite);
    const compare = (): Promise<AnswerCheck> =>
      through === undefined
        ? compareRewrite(asked, query.sql, sqlOf(query, rewrite))
        : recall(core, query.sql, sqlOf(query, rewrite), [...needs, ...through], running, leftMs);
    const compared = await orNotCompared(
      compare,
      Math.min(ownLimitMs, mostMs),
      () => running.cancelled || core.ended === 'lost',
    );
    const answer = { ...compared, explanation: core.names.cleanText(compared.explanation) };
    const isCutShort = mostMs < ownLimitMs && answer.verdict === 'not compared';
    return finish(answer, !isCutShort);
  } catch (error) {
    if (core.ended === 'lost') return undefined;
    if (error instanceof PgoptError) return finish(withoutRows('not compared', core.reason(error)));
    if (!running.cancelled) throw error;
    core.emit({ type: 'answer:cancelled', queryId, rewrite });
    return undefined;
  }
}

/** Runs the query's own text without proposals, and the planned text with these on, in two probes. */
async function recall(
  core: SessionCore,
  sql: string,
  planned: string,
  on: readonly string[],
  running: Running,
  leftMs: () => number,
): Promise<AnswerCheck> {
  const rowsUnder = (text: string, configuration: Configuration) => {
    const switched = combined(core.hiding, switchingsOf(core, configuration));
    return core.patiently(running, switched.locks, () =>
      ask(core.transaction, rowsSql(text), leftMs(), switched),
    );
  };
  const exact = await rowsUnder(sql, Configuration.BASELINE);
  return recallOf(exact, await rowsUnder(planned, Configuration.of(on, [])));
}
