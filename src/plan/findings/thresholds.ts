/** From where on something is worth telling. One table, so that they can be seen and argued about together. */

/** Rows of a table that is large where the workload says nothing (REQ-08 of the case study). */
export const LARGE_TABLE_ROWS = 1_000_000;

/** Share of rows read that a filter threw away (pev2: 50 and 90 %), and how many at least. */
export const REMOVED = { notice: 0.5, warning: 0.9, leastRows: 10_000 } as const;

/** How many times as many rows as expected, or as few (pev2, pgAdmin: 10, 100, 1000). */
export const MISESTIMATE = { notice: 10, warning: 100, severe: 1000 } as const;

/** Share of an index-only scan's rows that had to be fetched from the table (pev2: above 0, 40 and 90 %). */
export const HEAP_FETCHES = { notice: 0.1, warning: 0.4, leastFetches: 100 } as const;

/** Share of the blocks of a bitmap that lost count of their rows. */
export const LOSSY = { notice: 0.01, warning: 0.3 } as const;

/** A trigger's own time, as a share of the execution. */
export const TRIGGER = { notice: 0.1, warning: 0.4, leastMs: 10 } as const;

/** Compiling, as a share of the execution (pganalyze: 25 %). */
export const JIT = { notice: 0.1, warning: 0.25, leastMs: 10 } as const;

/** Rows of the outer side, each of which runs the inner side once, and the inner side's share of the whole time. */
export const NESTED_LOOP = { leastLoops: 10_000, notice: 0.1, warning: 0.4 } as const;
