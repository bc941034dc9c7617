/** Suggestions → the JSON document of `suggest --json` (docs/suggest-json.md describes every field). */

import { verdictModel } from '../../advisor/advice/models.ts';
import type { Suggested } from '../../suggestion/suggested.ts';
import { factsOf } from '../../workload/proposalKinds.ts';

/** Increases when a field changes its meaning or disappears, not with new fields. */
const SUGGESTION_VERSION = 1;

export type SuggestionDocument = ReturnType<typeof suggestionDocument>;

interface SuggestionAbout {
  /** Version of pgopt-explore. */
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  readonly title: string;
  readonly target: { readonly label: string; readonly serverVersion: string | undefined };
}

export function suggestionDocument(found: Suggested, { target, ...about }: SuggestionAbout) {
  const { suggestions, recommended, rejected, queries, unplanned, effort } = found;
  return {
    format: 'pgopt-explore/suggestion',
    version: SUGGESTION_VERSION,
    ...about,
    target: { label: target.label, serverVersion: target.serverVersion ?? null },
    complete: found.complete,
    planned: found.planned,
    suggestions: suggestions.map(({ proposal, rewrites, bytes, refreshMs, ...suggestion }) => ({
      id: proposal.id,
      title: proposal.title,
      kind: proposal.kind,
      statements: proposal.statements.map(({ sql }) => sql),
      rewrites: rewrites.map(({ query, text }) => ({ query, text })),
      queries: suggestion.queries,
      bytes: bytes ?? null,
      productionBytes: suggestion.productionBytes,
      refreshMs: refreshMs ?? null,
      productionRefreshMs: suggestion.productionRefreshMs ?? null,
      /** Foreign keys whose checks it serves; no plan shows them. */
      foreignKeys: suggestion.foreignKeys ?? [],
      /** View: REFRESH MATERIALIZED VIEW CONCURRENTLY is possible. */
      concurrently: factsOf(proposal).addsViews ? suggestion.concurrently : null,
      /** View: its rows depend on the date or time of the last refresh. */
      dated: factsOf(proposal).addsViews ? suggestion.dated : null,
      /** View: it works only for the constants in its query. */
      tied: factsOf(proposal).addsViews ? suggestion.tied : null,
      /** View: columns that queries compare with a value; it works for every value. */
      opened: suggestion.opened,
    })),
    recommended,
    rejected,
    queries: queries.map(({ query, by, rewrite, verdict, beforeMs, afterMs, meets, scans, ...one }) => ({
      id: query.id,
      number: query.number,
      title: query.title,
      /** The values of its parameters. */
      values: query.values ?? null,
      /** The command that changes or locks rows; null: it only reads. */
      writes: query.writes ?? null,
      /** Why it is planned and never run; null for a query that is run. */
      neverRun: one.neverRun ?? null,
      /** Why it could not be run here; null where it could. */
      failure: one.failure ?? null,
      targetMs: query.targetMs,
      by,
      rewrite: rewrite ?? null,
      verdict: verdictModel(verdict),
      /** Projected to production size, never measured. */
      production: { beforeMs, afterMs, meets, scansLargeTable: scans, risky: one.risky },
      /** Planned with proposals that there was no time to run; never recommended. */
      untried: one.untried ?? null,
    })),
    unplanned: unplanned.map(({ query, reason }) => ({ query: query.id, reason })),
    productionBytes: found.productionBytes,
    budgetBytes: found.budgetBytes,
    /** Other sets of measured proposals, by bytes; none was run as a set. */
    frontier: found.frontier.map(({ proposals, bytes, unmet, stale, ms }) => ({
      proposals,
      bytes,
      unmet,
      readViews: stale,
      ms,
    })),
    /** Production's projected time of all queries with the recommended set, weighted by calls. */
    productionMs: found.productionMs,
    weighted: found.weighted,
    effort,
  };
}
