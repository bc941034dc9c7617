/** The time of a search and its stages: each query gets its turn, and time remains to try the set. */

/** Shares of the budget after which a stage starts nothing new. */
export const UNTIL = {
  /** Estimating the size of views. */
  viewSizes: 0.1,
  /** Filling views. */
  views: 0.3,
  /** Planning at production size beyond one EXPLAIN with all candidates of a query. */
  screening: 0.45,
  /** Running every query in the baseline. */
  baselines: 0.55,
  statistics: 0.6,
  /** Building indexes and running single plans. The rest is for the set as a whole. */
  measuring: 0.8,
  /** Planning other queries with the chosen set. */
  crossing: 0.88,
  /** Comparing rewrites with their queries. */
  comparing: 0.95,
} as const;

/** Node's limit, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

export class TimeBudget {
  /** Aborted when the time is spent or the search is cancelled. */
  readonly signal: AbortSignal;
  /** Clears the timer. */
  readonly end: () => void;
  private readonly startedAt: number;
  private wasCut = false;

  constructor(
    private readonly budgetMs: number,
    private readonly now: () => number,
    stopped: AbortSignal,
  ) {
    this.startedAt = now();
    ({ signal: this.signal, end: this.end } = this.limited(budgetMs, stopped));
  }

  /** A signal for work that may take at most `ms`. Its timer does not keep the program alive, and is referenced until it is due. */
  limited(
    ms: number,
    by: AbortSignal = this.signal,
  ): { readonly signal: AbortSignal; readonly end: () => void } {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = setTimeout(abort, Math.min(LONGEST_TIMER, Math.ceil(ms)));
    timer.unref();
    by.addEventListener('abort', abort, { once: true });
    if (by.aborted) abort();
    return {
      signal: controller.signal,
      end: () => {
        clearTimeout(timer);
        by.removeEventListener('abort', abort);
      },
    };
  }

  /** @param share Of the budget. @returns ms, at least 0. */
  leftMs(share = 1): number {
    return this.isOver ? 0 : Math.max(0, this.budgetMs * share - (this.now() - this.startedAt));
  }

  /** One waiting task's share of a stage's time left, ms. */
  fairMs(share: number, waiting: number): number {
    return this.leftMs(share) / Math.max(1, waiting);
  }

  /** Ask before optional work: if it is late, the answer counts as incomplete. */
  isLate(share = 1): boolean {
    const isLate = this.leftMs(share) <= 0;
    if (isLate) this.cut();
    return isLate;
  }

  /** Marks the answer as incomplete. */
  cut(): void {
    this.wasCut = true;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  get isComplete(): boolean {
    return !this.wasCut && !this.isOver;
  }
}
