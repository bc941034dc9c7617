/** What was found → the JSON document of `suggest --json` (docs/suggest-json.md describes every field). Pure. */

import { verdictModel } from '../../advisor/advice/models.ts';
import type { Suggested } from '../../suggestion/suggested.ts';
import { factsOf } from '../../workload/proposalKinds.ts';

/** Grows when a field changes its meaning or goes away; new fields do not change it. */
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
      /** Foreign keys without an index whose checks it serves: no plan shows them. */
      foreignKeys: suggestion.foreignKeys ?? [],
      /** Of a view: REFRESH MATERIALIZED VIEW CONCURRENTLY is possible. */
      concurrently: factsOf(proposal).addsViews ? suggestion.concurrently : null,
      /** Of a view: its rows depend on the day, or the time, of its last refresh. */
      dated: factsOf(proposal).addsViews ? suggestion.dated : null,
      /** Of a view: it holds for the constants alone that its query compares with. */
      tied: factsOf(proposal).addsViews ? suggestion.tied : null,
      /** Of a view: its columns that its queries compare with a value; it holds for every one. */
      opened: suggestion.opened,
    })),
    recommended,
    rejected,
    queries: queries.map(({ query, by, rewrite, verdict, beforeMs, afterMs, meets, scans, ...one }) => ({
      id: query.id,
      number: query.number,
      title: query.title,
      /** What its parameters stood for. */
      values: query.values ?? null,
      /** What it changes or locks rows with; null for a query that only reads. */
      writes: query.writes ?? null,
      /** Why it is planned and never run; null for a query that is run. */
      neverRun: one.neverRun ?? null,
      /** Why it could not be run here; null where it could. */
      failure: one.failure ?? null,
      targetMs: query.targetMs,
      by,
      rewrite: rewrite ?? null,
      verdict: verdictModel(verdict),
      /** At production size, worked out; never measured. */
      production: { beforeMs, afterMs, meets, scansLargeTable: scans, risky: one.risky },
      /** Planned with proposals that there was no time to run: never recommended. */
      untried: one.untried ?? null,
    })),
    unplanned: unplanned.map(({ query, reason }) => ({ query: query.id, reason })),
    productionBytes: found.productionBytes,
    budgetBytes: found.budgetBytes,
    /** Other sets of measured proposals, by their bytes; no set was tried as a whole. */
    frontier: found.frontier.map(({ proposals, bytes, unmet, stale, ms }) => ({
      proposals,
      bytes,
      unmet,
      readViews: stale,
      ms,
    })),
    /** Production's time of all queries with the recommended set, by how often each is called. */
    productionMs: found.productionMs,
    effort,
  };
}
