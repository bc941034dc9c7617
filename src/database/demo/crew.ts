/** Several connections working through one list of tasks, in order as far as the tasks' tables allow. */
import type { Link } from '../link.ts';
import type { Table } from './types.ts';

export interface Task {
  readonly sql: string;
  /** Tables it locks against other tasks; two tasks with a table in common never run side by side, nor swap places. */
  readonly locks: readonly Table[];
  /** Rows it brings in. */
  readonly rows: number;
  /** Work, for the time left. */
  readonly units: number;
}

/**
 * Resolves when all are done; rejects with the first failure once the tasks under way have ended.
 * @param stop Asked before each task; throws to stop.
 */
export async function work(
  links: readonly Link[],
  tasks: readonly Task[],
  onDone: (task: Task) => void,
  stop: () => void,
): Promise<void> {
  const waiting = [...tasks];
  const locked = new Set<Table>();
  let failed = false;
  /** Those who found nothing they may start; woken whenever locks are released. */
  let idle: (() => void)[] = [];

  const take = (): Task | undefined => {
    const at = waiting.findIndex(task => !task.locks.some(table => locked.has(table)));
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  };
  const worker = async (link: Link): Promise<void> => {
    while (waiting.length > 0 && !failed) {
      const task = take();
      if (task === undefined) {
        await new Promise<void>(wake => idle.push(wake));
        continue;
      }
      for (const table of task.locks) locked.add(table);
      try {
        stop();
        await link.query(task.sql);
        onDone(task);
      } catch (error) {
        failed = true;
        throw error;
      } finally {
        for (const table of task.locks) locked.delete(table);
        const woken = idle;
        idle = [];
        for (const wake of woken) wake();
      }
    }
  };
  const outcomes = await Promise.allSettled(links.map(worker));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
