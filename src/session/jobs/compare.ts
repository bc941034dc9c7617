/** Compares what a query and its rewrite return. */
import { DatabaseError } from '../../base/databaseError.ts';
import { PgoptError } from '../../base/errors.ts';
import { compareAnswers, nothing } from '../compareAnswers.ts';
import type { Running, SessionCore } from '../core.ts';
import { type AnswerCheck, answerKey } from '../events.ts';
import { sqlOf } from '../knowledge.ts';
import { ask } from '../probe.ts';
import type { Job } from '../schedule.ts';

/** @param mostMs Of all statements together; an answer that it cuts short is not kept. */
export async function compare(
  core: SessionCore,
  { queryId, rewrite }: Job & { kind: 'compare' },
  running: Running,
  mostMs = Number.POSITIVE_INFINITY,
): Promise<AnswerCheck | undefined> {
  const query = core.query(queryId);
  // Two answers in one statement, and the query's own may be the one that is too slow.
  const { timeoutMs, comparisonMs: ownLimitMs = 2 * timeoutMs } = core.workload.budgets;
  const { now } = core.options;
  const startedAt = now();
  core.emit({ type: 'answer:comparing', queryId, rewrite, startedAt });
  const asked = (sql: string) => {
    if (running.cancelled) throw new DatabaseError('cancelled', '57014');
    return ask(core.transaction, sql, Math.min(ownLimitMs, startedAt + mostMs - now()));
  };
  try {
    await core.admit([query.sql, sqlOf(query, rewrite)].map(sql => ({ kind: 'query', sql })));
    const compared = await compareAnswers(
      asked,
      query.sql,
      sqlOf(query, rewrite),
      Math.min(ownLimitMs, mostMs),
      () => running.cancelled || core.ended === 'lost',
    );
    const answer = { ...compared, explanation: core.names.cleanText(compared.explanation) };
    const isCutShort = mostMs < ownLimitMs && answer.verdict === 'not compared';
    if (!isCutShort) core.knowledge.answers.set(answerKey(queryId, rewrite), answer);
    core.emit({ type: 'answer:compared', queryId, rewrite, answer });
    return answer;
  } catch (error) {
    if (core.ended === 'lost') return undefined;
    if (error instanceof PgoptError) {
      const answer = nothing('not compared', core.reason(error));
      core.knowledge.answers.set(answerKey(queryId, rewrite), answer);
      core.emit({ type: 'answer:compared', queryId, rewrite, answer });
      return answer;
    }
    if (!running.cancelled) throw error;
    core.emit({ type: 'answer:cancelled', queryId, rewrite });
    return undefined;
  }
}
