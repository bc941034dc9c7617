/** A session's database at production size, on an embedded server of the same PostgreSQL. */
import { formatCount } from '../format/count.ts';
import { formatFactor } from '../format/factor.ts';
import type { Hidden } from '../lens/document.ts';
import type { Production, ProductionOptions } from '../production/productionLens.ts';
import type { Io } from '../run.ts';
import { type ExplorerSession, openedBy } from '../session/events.ts';
import { openOnServer } from './lensServer.ts';

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
    const { openProduction } = await import('../production/productionLens.ts');
    const version = openedBy(session)?.serverVersion ?? '';
    return openOnServer(version, io, { signal, onStep }, server =>
      openProduction(session, server, { ...options, signal, now }),
    );
  };
}

/** What a person should know of it: how it was grown, and what is not in it. */
export function notesOf({ growths, hidden }: Production): readonly Hidden[] {
  return [
    ...growths
      // A share that stays the same share is nothing to tell.
      .filter(({ distinct, said }) => said || distinct > 0)
      .map(({ column, factor, distinct, why }) => {
        if (factor <= 1 && distinct > 0)
          return { what: column, why: `has ${formatCount(distinct)} distinct values there (${why})` };
        const there = distinct > 0 ? `; ANALYZE there is taken to count ${formatCount(distinct)}` : '';
        return {
          what: column,
          why: `has ${formatFactor(1, factor)?.text ?? ''} as many distinct values there (${why})${there}`,
        };
      }),
    ...hidden,
  ];
}
