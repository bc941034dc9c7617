/** A session's database at production size, on an embedded server of the same PostgreSQL. */
import { isMajor, type Major } from '../database/embedded/major.ts';
import { PgoptError } from '../errors.ts';
import { formatCount } from '../format/count.ts';
import { formatFactor } from '../format/factor.ts';
import type { Hidden } from '../lens/document.ts';
import type { Production, ProductionOptions } from '../lens/production.ts';
import type { Io } from '../run.ts';
import type { ExplorerSession } from '../session/events.ts';

export type OpenProduction = (
  session: ExplorerSession,
  options: Omit<ProductionOptions, 'now'> & { readonly onStep: (message: string) => void },
) => Promise<Production>;

/**
 * The server is started, or joined, for as long as the lens is open.
 * @throws PgoptError 'lens-failed', 'cancelled', or one of the embedded codes.
 */
export function productionWith(io: Io, now: () => number): OpenProduction {
  return async (session, { onStep, signal, ...options }) => {
    // Who never looks at production does not pay for it.
    const [{ startEmbeddedServer }, { openProduction }] = await Promise.all([
      import('../database/embedded/server.ts'),
      import('../lens/production.ts'),
    ]);
    const server = await startEmbeddedServer({
      env: io.env,
      major: majorOf(session),
      onStep,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      onStep('making the lens');
      const production = await openProduction(session, server, { ...options, signal, now });
      const lens = production.session;
      const close = lens.close.bind(lens);
      lens.close = async () => {
        await close();
        await server.release();
      };
      return production;
    } catch (error) {
      await server.release();
      throw error;
    }
  };
}

/** As its first event says. */
function majorOf(session: ExplorerSession): Major {
  let version = '';
  session.subscribe(event => {
    if (event.type === 'session:opened') version = event.serverVersion;
  })();
  const major = Number.parseInt(version, 10);
  if (isMajor(major)) return major;
  throw new PgoptError('lens-failed', `there is no embedded PostgreSQL ${version} to plan with`, {
    next: 'use a server of PostgreSQL 13 to 18',
  });
}

/** What a person should know of it: how it was grown, and what is not in it. */
export function notesOf({ growths, hidden }: Production): readonly Hidden[] {
  return [
    ...growths
      // A share that stays the same share is nothing to tell.
      .filter(({ distinct, said }) => said || distinct > 0)
      .map(({ column, factor, distinct, why }) => {
        const there = distinct > 0 ? `; ANALYZE there is taken to count ${formatCount(distinct)}` : '';
        return {
          what: column,
          why: `has ${formatFactor(1, factor)?.text ?? ''} as many distinct values there (${why})${there}`,
        };
      }),
    ...hidden,
  ];
}
