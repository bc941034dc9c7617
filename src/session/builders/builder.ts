/**
 * The seam of everything that can be switched: a builder creates it and says how a probe switches it on and off. A new
 * kind is a file here, its row in builders.ts and in workload/proposalKinds.ts; the session knows no kinds.
 */
import type { Sql } from '../../database/guard.ts';
import type { Link } from '../../database/link.ts';
import type { SettingChoice } from '../../workload/plannerSettings.ts';
import type { Proposal } from '../../workload/workload.ts';
import type { ProposalCost } from '../cost.ts';
import type { Engine, StoredTables } from '../engines/engine.ts';
import type { BuiltObject } from '../events.ts';
import { type Hideable, type Hiding, hideStatements } from '../hide.ts';
import type { FoundObjects } from '../inPlace.ts';
import { hidingLocks, type TableLock } from '../locks.ts';
import type { SessionNames } from '../names.ts';

/** How a probe switches one thing. The rollback undoes all of it except what `restore` undoes. */
export interface Switching {
  /** Hidden from the planner, together with the other switchings' objects (hide.ts). */
  readonly hide?: readonly Hideable[];
  /** Changes of the catalog, sent before the probe turns read-only. */
  readonly change?: readonly Sql[];
  readonly set?: readonly SettingChoice[];
  /** Only estimates see them (hypothetical.ts). */
  readonly imagine?: readonly ImaginedIndex[];
  /** Sent before and after the probe, for changes that a rollback does not undo. */
  readonly restore?: readonly string[];
}

export interface Switch {
  readonly on: Switching;
  readonly off: Switching;
}

interface ImaginedIndex {
  /** Its answer holds the index's name in plans. */
  readonly make: Sql;
  /** The proposal's own name for it. */
  readonly name: string;
  readonly proposalId: string;
}

export interface Built {
  readonly buildMs: number;
  /** Added and removed objects, with their bytes. */
  readonly objects: readonly BuiltObject[];
  /** The objects that this session created; no other session can see them. */
  readonly made: readonly Hideable[];
  readonly switch: Switch;
  /** The build analyzed an existing table: every known plan may be out of date. */
  readonly changedStatistics: boolean;
  /** One of its indexes finds most rows, not all (approximate.ts). */
  readonly approximate?: true;
  /** It cannot be built: HypoPG creates it in each estimate. */
  readonly hypothetical?: true;
  /** As in BuiltProposal. */
  readonly inPlace?: string | undefined;
  readonly unusable?: string | undefined;
  /** Only with SessionOptions.writeCost. */
  readonly cost?: ProposalCost | undefined;
}

/** What a session lends to a builder. */
export interface BuildContext {
  readonly link: Link;
  readonly names: SessionNames;
  readonly hiding: Hiding;
  readonly engine: Engine;
  /** From before any build. */
  readonly stored: StoredTables;
  readonly found: FoundObjects;
  readonly now: () => number;
  /** Called before each statement. */
  readonly starting: (position: number, count: number) => void;
  /** Measures, before and after the build, what the proposal costs writers. */
  readonly withCost: (proposal: Proposal, build: () => Promise<Built>) => Promise<Built>;
  /** The database is a lens, which holds every buildable proposal already. */
  readonly isLens: boolean;
}

export interface Builder {
  /** @throws DatabaseError; the caller's savepoint undoes the changes. */
  build(context: BuildContext, proposal: Proposal): Promise<Built>;
  /** HypoPG may estimate it where nothing can be built. */
  readonly imaginable: boolean;
}

/** @param inPlace Why nothing has to be built, a clause. */
export const builtNothing = (inPlace?: string): Built => ({
  buildMs: 0,
  objects: [],
  made: [],
  switch: { on: {}, off: {} },
  changedStatistics: false,
  inPlace,
});

/** The statements of all switchings of one probe, each sent once. @param fromWriters As in hideStatements(). */
export function combined(hiding: Hiding, switchings: readonly Switching[], fromWriters = false) {
  const hidden = switchings.flatMap(({ hide = [] }) => hide);
  return {
    change: [
      ...hideStatements(hiding, hidden, fromWriters),
      ...switchings.flatMap(({ change = [] }) => change),
    ],
    locks: hidingLocks(hiding, hidden) satisfies TableLock[],
    set: switchings.flatMap(({ set = [] }) => set),
    imagine: switchings.flatMap(({ imagine = [] }) => imagine),
    restore: [...new Set(switchings.flatMap(({ restore = [] }) => restore))],
  };
}
