/**
 * The bare EXPLAIN: one connection with every proposal built, each configuration made and looked at once before the
 * clock starts. What is timed is one statement there and its answer back, with everything the server caches in place.
 */

import { literal } from '../src/base/sql.ts';
import type { ConnectionSettings } from '../src/database/connectionSettings.ts';
import { connectTrusted as connect, type Link } from '../src/database/link.ts';
import { Configuration } from '../src/session/configuration.ts';
import { sqlOf, textsFor } from '../src/session/knowledge.ts';
import type { Query, Workload } from '../src/workload/workload.ts';
import { timed } from './rounds.ts';

export class BareExplain {
  private readonly link: Link;
  private readonly workload: Workload;

  private constructor(link: Link, workload: Workload) {
    this.link = link;
    this.workload = workload;
  }

  static async open(settings: ConnectionSettings, workload: Workload): Promise<BareExplain> {
    const link = await connect(settings, 'bench bare');
    try {
      await link.query(`SET work_mem = '${Math.round(workload.budgets.workMemBytes / 1024)}kB'`);
      await link.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      for (const statement of buildStatements(workload)) await link.query(statement);
      return new BareExplain(link, workload);
    } catch (error) {
      await link.end();
      throw error;
    }
  }

  /** ms of `EXPLAIN` of the query with exactly these proposals on. */
  async explain(query: Query, on: readonly string[]): Promise<number> {
    const statement = `EXPLAIN ${sqlOf(query, textsFor(query, Configuration.of(on))[0]?.rewrite)}`;
    const off = this.workload.proposals
      .filter(({ id, kind }) => kind === 'index' && !on.includes(id))
      .flatMap(({ statements }) => statements.flatMap(({ creates }) => creates ?? []));
    await this.link.query('SAVEPOINT configuration');
    if (off.length > 0) {
      const names = off.map(name => `${literal(name)}::regclass`).join(', ');
      await this.link.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid IN (${names})`);
    }
    await this.link.query(statement);
    const ms = await timed(() => this.link.query(statement));
    await this.link.query('ROLLBACK TO SAVEPOINT configuration');
    return ms;
  }

  async close(): Promise<void> {
    await this.link.query('ROLLBACK');
    await this.link.end();
  }
}

/** All proposals as their files have them; a view is analyzed, like in a session. */
export function buildStatements({ proposals }: Pick<Workload, 'proposals'>): string[] {
  return proposals.flatMap(({ statements }) => [
    ...statements.map(({ sql }) => sql),
    ...statements.flatMap(({ kind, creates }) =>
      kind === 'create-materialized-view' && creates !== undefined ? [`ANALYZE ${creates}`] : [],
    ),
  ]);
}
