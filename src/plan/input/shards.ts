/** Citus plans a query on one of many shards, `orders_102019`. Plans show the table instead. */
import { STEP, type Steps } from '../../base/steps.ts';

const NUMBERED = /_(\d{4,20})$/;

/** Names may end in a number that is no shard's. */
const withoutShard = (text: string, shards: ReadonlySet<string>): string =>
  text.replace(/_(\d{4,20})(?![\w$])/g, (whole, id) => (shards.has(id) ? '' : whole));

/** `orders_102019` → `orders` in every text of a plan (names, conditions, a task's query). Changes it in place. */
export function* withoutShards(json: unknown, shards: ReadonlySet<string>): Steps<void> {
  if (shards.size === 0) return;
  yield* everyHolder(json, holder => {
    for (const [key, value] of Object.entries(holder))
      if (typeof value === 'string' && value.includes('_')) holder[key] = withoutShard(value, shards);
  });
}

/** The same without a catalog of shards: within a task, each relation is a shard. Changes it in place. */
export function* withoutTasksShards(json: unknown): Steps<void> {
  const tasks: unknown[] = [];
  yield* everyHolder(json, ({ Tasks: own }) => {
    if (Array.isArray(own)) tasks.push(...own);
  });
  const found = new Map<unknown, Set<string>>();
  for (const task of tasks) {
    const shards = new Set<string>();
    yield* everyHolder(task, ({ 'Relation Name': name }) => {
      const number = typeof name === 'string' ? NUMBERED.exec(name)?.[1] : undefined;
      if (number !== undefined) shards.add(number);
    });
    found.set(task, shards);
  }
  // Only now, as a name without its shard may end in another number.
  for (const [task, shards] of found) yield* withoutShards(task, shards);
}

/** Visits all objects and lists. No recursion: plans can be thousands of levels deep. */
function* everyHolder(json: unknown, visit: (holder: Record<string, unknown>) => void): Steps<void> {
  const open: unknown[] = [json];
  for (let next = open.pop(), seen = 1; next !== undefined; next = open.pop(), seen++) {
    if (seen % STEP === 0) yield;
    const holder = next as Record<string, unknown>;
    visit(holder);
    for (const value of Object.values(holder))
      if (typeof value === 'object' && value !== null) open.push(value);
  }
}
