/** How long a search may take, and how much of that each stage may use: each query has its turn, and the set is tried at the end. */

/** Shares of the budget after which a stage begins nothing more. */
export const UNTIL = {
  /** Asking how large views would be. */
  viewSizes: 0.1,
  /** Filling views. */
  views: 0.3,
  /** Asking production's planner more than what it makes of all candidates of a query at once. */
  screening: 0.45,
  /** Running every query as the database is. */
  baselines: 0.55,
  statistics: 0.6,
  /** Building indexes, and running plans one by one: what is left is for the set as a whole. */
  measuring: 0.8,
  /** Asking production's planner what the set does for other queries. */
  crossing: 0.88,
  /** Comparing the answers of views with those of their queries. */
  comparing: 0.95,
} as const;

/** Node takes no more, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

export class TimeBudget {
  /** Aborted when the time is spent, or the search stopped. */
  readonly signal: AbortSignal;
  /** Its timer is given up. */
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

  /** What may take `ms` at most, of the time that is left. Its timer holds no program, and nothing collects it before it is due. */
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

  /** Of the time that a stage has left: what one of those that wait may take. */
  fairMs(share: number, waiting: number): number {
    return this.leftMs(share) / Math.max(1, waiting);
  }

  /** To be asked before work that is left out when it is late: then the answer is not complete. */
  isLate(share = 1): boolean {
    const isLate = this.leftMs(share) <= 0;
    if (isLate) this.cut();
    return isLate;
  }

  /** Something was left out, or stopped before its end. */
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
