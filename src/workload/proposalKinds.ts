/** The kinds of proposals. A new kind is a row here and a builder in session/builders; a statement of its own is in statementKinds.ts. */
import type { StatementKind } from './statementKinds.ts';
import type { Proposal } from './workload.ts';

interface KindFacts {
  /** Its file needs each of these statements at least once, and otherwise contains only `may`. */
  readonly needs: readonly StatementKind[];
  readonly may: readonly StatementKind[];
  readonly singular: string;
  readonly plural: string;
  /** Appended to a name in lists of several kinds. */
  readonly mark: string;
  /**
   * Its switch shows existing indexes: it is on while they exist, and the proposal is in a configuration if its
   * switch is off. It adds no bytes, no build and no write cost.
   */
  readonly standsForExisting: boolean;
  readonly drops: boolean;
  /** It adds indexes on tables, so builds report progress, and unused ones have a reason. */
  readonly addsIndexes: boolean;
  /** It adds materialized views, which become stale and need a refresh. */
  readonly addsViews: boolean;
  /** No plan reads it: it only changes estimates, adds no bytes, and costs writers nothing. */
  readonly onlyInforms: boolean;
}

const NONE = {
  mark: '',
  standsForExisting: false,
  drops: false,
  addsIndexes: false,
  addsViews: false,
  onlyInforms: false,
};

const KINDS = {
  index: {
    ...NONE,
    needs: ['create-index'],
    may: ['create-statistics', 'analyze'],
    singular: 'index',
    plural: 'indexes',
    addsIndexes: true,
  },
  view: {
    ...NONE,
    needs: ['create-materialized-view'],
    may: ['create-index', 'create-statistics', 'analyze'],
    singular: 'view',
    plural: 'views',
    addsViews: true,
  },
  statistics: {
    ...NONE,
    needs: ['create-statistics'],
    may: ['analyze'],
    singular: 'statistics',
    plural: 'statistics',
    onlyInforms: true,
  },
  /** One switch: off, the old indexes exist; on, the new ones. */
  replace: {
    ...NONE,
    needs: ['drop-index', 'create-index'],
    may: [],
    singular: 'replacement',
    plural: 'replacements',
    mark: ' (replaces)',
    drops: true,
    addsIndexes: true,
  },
  drop: {
    ...NONE,
    needs: ['drop-index'],
    may: [],
    singular: 'index to drop',
    plural: 'indexes to drop',
    mark: ' (drop)',
    standsForExisting: true,
    drops: true,
  },
} satisfies Readonly<Record<string, KindFacts>>;

export type ProposalKind = keyof typeof KINDS;
export const PROPOSAL_KINDS: Readonly<Record<ProposalKind, KindFacts>> = KINDS;

export const factsOf = ({ kind }: Pick<Proposal, 'kind'>): KindFacts => PROPOSAL_KINDS[kind];

/** Whether two proposals have the same statements, apart from index names. */
export const isSameProposal = (a: Proposal, b: Proposal): boolean => shapeOf(a) === shapeOf(b);

const shapeOf = ({ kind, statements }: Proposal): string =>
  statements
    .map(({ sql, createsAt }) => {
      const [from, to] = PROPOSAL_KINDS[kind].addsIndexes && createsAt !== undefined ? createsAt : [0, 0];
      return `${sql.slice(0, from)} ${sql.slice(to)}`.replace(/\s+/g, ' ').toLowerCase();
    })
    .join(';');

/** undefined: these statements do not form a proposal. */
export function kindOf(statements: readonly { readonly kind: StatementKind }[]): ProposalKind | undefined {
  const held = new Set(statements.map(({ kind }) => kind));
  return (Object.keys(PROPOSAL_KINDS) as ProposalKind[]).find(kind => {
    const { needs, may } = PROPOSAL_KINDS[kind];
    return needs.every(one => held.has(one)) && [...held].every(one => [...needs, ...may].includes(one));
  });
}

/** Whether its switch is on: for existing indexes that means that the proposal is not in the configuration. */
export const isSwitchedOn = (proposal: Pick<Proposal, 'kind'>, isChanged: boolean): boolean =>
  isChanged !== factsOf(proposal).standsForExisting;
