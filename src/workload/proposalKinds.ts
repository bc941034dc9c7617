/**
 * The kinds of proposals: what makes a file one of them, and all that the program asks about a kind. A new kind is a row here, and a
 * builder in session/builders. Pure.
 */
import type { Proposal, StatementKind } from './workload.ts';

export type ProposalKind = 'index' | 'view' | 'statistics' | 'drop' | 'replace';

interface KindFacts {
  /** Its file holds one of each of `needs`, at least, and nothing but these and `may`. */
  readonly needs: readonly StatementKind[];
  readonly may: readonly StatementKind[];
  /** Of several. */
  readonly plural: string;
  /** Behind a name, in lists of several kinds. */
  readonly mark: string;
  /**
   * Its switch stands for indexes that exist: it is on while they are there, so the proposal is in a configuration when its switch is
   * off. It adds nothing: no bytes, no build, no work for writers.
   */
  readonly standsForExisting: boolean;
  /** It takes existing indexes away. */
  readonly drops: boolean;
  /** It adds indexes on tables. The server reports a build's progress, and a query that passes over one has a reason. */
  readonly addsIndexes: boolean;
  /** It adds views: they show the past, and are refreshed. */
  readonly addsViews: boolean;
}

const NONE = { mark: '', standsForExisting: false, drops: false, addsIndexes: false, addsViews: false };

export const PROPOSAL_KINDS: Readonly<Record<ProposalKind, KindFacts>> = {
  drop: {
    ...NONE,
    needs: ['drop-index'],
    may: [],
    plural: 'indexes to drop',
    mark: ' (drop)',
    standsForExisting: true,
    drops: true,
  },
  /** Both at once: off, the old indexes are there; on, the new ones. */
  replace: {
    ...NONE,
    needs: ['drop-index', 'create-index'],
    may: [],
    plural: 'replacements',
    mark: ' (replaces)',
    drops: true,
    addsIndexes: true,
  },
  view: {
    ...NONE,
    needs: ['create-materialized-view'],
    may: ['create-index', 'create-statistics', 'analyze'],
    plural: 'views',
    addsViews: true,
  },
  index: {
    ...NONE,
    needs: ['create-index'],
    may: ['create-statistics', 'analyze'],
    plural: 'indexes',
    addsIndexes: true,
  },
  statistics: { ...NONE, needs: ['create-statistics'], may: ['analyze'], plural: 'statistics' },
};

export const factsOf = ({ kind }: Pick<Proposal, 'kind'>): KindFacts => PROPOSAL_KINDS[kind];

/** Whether two proposals have the same statements, but for the name of an index. */
export const isSameProposal = (a: Proposal, b: Proposal): boolean => shapeOf(a) === shapeOf(b);

const shapeOf = ({ kind, statements }: Proposal): string =>
  statements
    .map(({ sql, createsAt }) => {
      const [from, to] = PROPOSAL_KINDS[kind].addsIndexes && createsAt !== undefined ? createsAt : [0, 0];
      return `${sql.slice(0, from)} ${sql.slice(to)}`.replace(/\s+/g, ' ').toLowerCase();
    })
    .join(';');

/** The kind of a file; undefined where these statements are no proposal together. */
export function kindOf(statements: readonly { readonly kind: StatementKind }[]): ProposalKind | undefined {
  const held = new Set(statements.map(({ kind }) => kind));
  return (Object.keys(PROPOSAL_KINDS) as ProposalKind[]).find(kind => {
    const { needs, may } = PROPOSAL_KINDS[kind];
    return needs.every(one => held.has(one)) && [...held].every(one => [...needs, ...may].includes(one));
  });
}

/** Whether its switch is on: that it is in a configuration means, of what exists, that it is switched off. */
export const isSwitchedOn = (proposal: Pick<Proposal, 'kind'>, isChanged: boolean): boolean =>
  isChanged !== factsOf(proposal).standsForExisting;
