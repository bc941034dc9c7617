/** Several workers on one list of tasks, in order as far as the tasks' tables allow. */
import type { Table } from './demo.ts';

interface Lockable {
  /** Two tasks with a table in common never run side by side. */
  readonly locks: readonly Table[];
}

/**
 * Each worker takes the first waiting task whose tables no other worker is loading. Resolves when all are done; after a failure
 * nothing new is started, and it rejects with that failure once the tasks under way have ended.
 */
export async function work<Worker, Task extends Lockable>(
  workers: readonly Worker[],
  tasks: readonly Task[],
  perform: (worker: Worker, task: Task) => Promise<void>,
): Promise<void> {
  const waiting = [...tasks];
  const locked = new Set<Table>();
  let failed = false;
  /** Workers who found nothing they may start; woken whenever locks are released. */
  let idle: (() => void)[] = [];

  const take = (): Task | undefined => {
    const at = waiting.findIndex(task => !task.locks.some(table => locked.has(table)));
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  };
  const run = async (worker: Worker): Promise<void> => {
    while (waiting.length > 0 && !failed) {
      const task = take();
      if (task === undefined) {
        await new Promise<void>(wake => idle.push(wake));
        continue;
      }
      for (const table of task.locks) locked.add(table);
      try {
        await perform(worker, task);
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
  for (const outcome of await Promise.allSettled(workers.map(run))) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
