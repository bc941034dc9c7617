/** A switch, everything being built, against making or dropping the same by hand, statement by statement. */

import { identifier } from '../../src/base/sql.ts';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import type { Built } from '../../src/session/builders/builder.ts';
import { createObjects } from '../../src/session/builders/create.ts';
import { Configuration } from '../../src/session/configuration.ts';
import { IN_POSTGRESQL } from '../../src/session/engines/engine.ts';
import { sqlOf, textsFor } from '../../src/session/knowledge.ts';
import { SessionNames } from '../../src/session/names.ts';
import { probe } from '../../src/session/probe.ts';
import { WorkTransaction } from '../../src/session/transaction.ts';
import type { Proposal } from '../../src/workload/workload.ts';
import { buildStatements } from '../bare.ts';
import { at } from '../configurations.ts';
import { figuresOf, inTurns, timed } from '../rounds.ts';
import type { Stage } from '../stage.ts';
import type { Comparison } from '../table.ts';

const ROUNDS = 8;
const WARM_UP = 1;
/** Dropping is quick: the rounds go over all indexes. */
const DROP_ROUNDS = 24;

/** The query each proposal is for: its number in the demo. */
const QUERY_FOR: Readonly<Record<string, number>> = {
  idx_orders_date_status_amount: 1,
  idx_order_items_product: 2,
  idx_orders_customer_status: 3,
  idx_inventory_product: 4,
  customer_lifetime_stats: 5,
};

export async function switching(stage: Stage, wanted: number | undefined): Promise<Comparison[]> {
  const { workload } = stage;
  const indexes = workload.proposals.filter(({ kind }) => kind === 'index');
  const queryFor = ({ id }: Proposal) => at(workload.queries, (QUERY_FOR[id] ?? 1) - 1);
  return await stage.withCopy(async copy => {
    const explorer = await Switcher.open(stage);
    const hand = await connect(copy, 'bench by hand');
    try {
      await hand.query(`SET work_mem = '${Math.round(workload.budgets.workMemBytes / 1024)}kB'`);
      const comparisons: Comparison[] = [];
      for (const proposal of workload.proposals) {
        const sql = sqlOf(
          queryFor(proposal),
          textsFor(queryFor(proposal), Configuration.of([proposal.id]))[0]?.rewrite,
        );
        const statements = buildStatements({ proposals: [proposal] });
        const rounds = await inTurns<'ours' | 'hand'>(
          [
            async () => ({ ours: await explorer.look([proposal.id], sql) }),
            async () => ({ hand: await byHand(hand, statements, sql) }),
          ],
          { count: wanted ?? ROUNDS, warmUp: WARM_UP },
        );
        comparisons.push({
          title: `switching ${proposal.id} on`,
          ours: { name: 'probe', ms: figuresOf(rounds, 'ours') },
          against: { name: 'BEGIN, CREATE …, EXPLAIN, ROLLBACK', ms: figuresOf(rounds, 'hand') },
        });
      }
      for (const statement of buildStatements(workload)) await hand.query(statement);
      const all = workload.proposals.map(({ id }) => id);
      const rounds = await inTurns<'ours' | 'hand'>(
        [
          async round => {
            const off = at(indexes, round);
            const on = all.filter(id => id !== off.id);
            return {
              ours: await explorer.look(
                on,
                sqlOf(queryFor(off), textsFor(queryFor(off), Configuration.of(on))[0]?.rewrite),
              ),
            };
          },
          async round => {
            const off = at(indexes, round);
            const statements = off.statements.map(({ creates = '' }) => `DROP INDEX ${identifier(creates)}`);
            return { hand: await byHand(hand, statements, queryFor(off).sql) };
          },
        ],
        { count: wanted ?? DROP_ROUNDS, warmUp: indexes.length * WARM_UP },
      );
      comparisons.push({
        title: 'switching an index off',
        ours: { name: 'probe', ms: figuresOf(rounds, 'ours') },
        against: { name: 'BEGIN, DROP INDEX, EXPLAIN, ROLLBACK', ms: figuresOf(rounds, 'hand') },
      });
      return comparisons;
    } finally {
      await explorer.close();
      await hand.end();
    }
  });
}

/** ms of all of it; its locks disturb no other client: the database is the bench's own. */
function byHand(link: Link, change: readonly string[], sql: string): Promise<number> {
  return timed(async () => {
    for (const statement of ['BEGIN', ...change, `EXPLAIN ${sql}`, 'ROLLBACK']) await link.query(statement);
  });
}

/** The session's own transaction and probes, without its memory: the same configuration may be asked for again. */
class Switcher {
  private readonly transaction: WorkTransaction;
  private readonly names: SessionNames;
  private readonly built: ReadonlyMap<string, Built>;

  private constructor(transaction: WorkTransaction, names: SessionNames, built: ReadonlyMap<string, Built>) {
    this.transaction = transaction;
    this.names = names;
    this.built = built;
  }

  static async open({ shop, workload }: Stage): Promise<Switcher> {
    const transaction = await WorkTransaction.open(shop, undefined, {
      planner: (workload.settings ?? []).map(choice => ({ ...choice, source: 'workload.json' })),
    });
    const names = new SessionNames('bench');
    const built = new Map<string, Built>();
    for (const proposal of workload.proposals) {
      const now = () => performance.now();
      built.set(
        proposal.id,
        await transaction.keep(link =>
          createObjects({ ...IN_POSTGRESQL, link, names, now, starting: () => undefined }, proposal),
        ),
      );
    }
    return new Switcher(transaction, names, built);
  }

  /** ms of one probe that asks for the estimated plan. */
  look(on: readonly string[], sql: string): Promise<number> {
    const switchings = [...this.built].map(([id, built]) => built.switch[on.includes(id) ? 'on' : 'off']);
    return timed(() =>
      probe(this.transaction, this.names, sql, 'estimate', { hiding: 'catalog', switchings }),
    );
  }

  async close(): Promise<void> {
    await this.transaction.rollback();
    await this.transaction.link.end();
  }
}
