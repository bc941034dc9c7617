/** The builder of each kind of proposal. */
import type { ProposalKind } from '../../workload/proposalKinds.ts';
import type { Builder } from './builder.ts';
import { CREATES } from './create.ts';
import { DROPS } from './drop.ts';
import { REPLACES } from './replace.ts';

export const BUILDERS: Readonly<Record<ProposalKind, Builder>> = {
  index: CREATES,
  view: CREATES,
  statistics: CREATES,
  drop: DROPS,
  replace: REPLACES,
};
