/**
 * The seam of everything that can be switched. A builder creates it, says what that takes, and what a probe does to have it
 * on or off. The session knows no kinds: a new one is a file here, its row in builders.ts and in workload/proposalKinds.ts.
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

/** What a probe does to switch one thing. The roll-back undoes all of it but what `restore` undoes. */
export interface Switching {
  /** Hidden from the planner, together with what the other switchings hide (hide.ts). */
  readonly hide?: readonly Hideable[];
  /** Changes of the catalog, sent before the probe turns read-only. */
  readonly change?: readonly Sql[];
  readonly set?: readonly SettingChoice[];
  /** Only estimates see them (hypothetical.ts). */
  readonly imagine?: readonly ImaginedIndex[];
  /** Sent ahead of the probe and behind it, for what a roll-back does not undo. */
  readonly restore?: readonly string[];
}

export interface Switch {
  readonly on: Switching;
  readonly off: Switching;
}

interface ImaginedIndex {
  /** The answer has its name in plans. */
  readonly make: Sql;
  /** The proposal's own name of it. */
  readonly name: string;
  readonly proposalId: string;
}

export interface Built {
  /** What building it took, ms. */
  readonly buildMs: number;
  /** What it adds, and what it would remove, with their bytes. */
  readonly objects: readonly BuiltObject[];
  /** The objects that this session created; no other session can see them. */
  readonly made: readonly Hideable[];
  readonly switch: Switch;
  /** It analyzed a table that was there before: every plan known so far may be out of date. */
  readonly changedStatistics: boolean;
  /** An index of it finds most of the rows, not all (approximate.ts). */
  readonly approximate?: true;
  /** It cannot be built: HypoPG makes it up in each estimate. */
  readonly hypothetical?: true;
  /** As of BuiltProposal. */
  readonly inPlace?: string | undefined;
  readonly unusable?: string | undefined;
  /** Only where SessionOptions.writeCost is set. */
  readonly cost?: ProposalCost | undefined;
}

/** What a session lends to a builder. */
export interface BuildContext {
  readonly link: Link;
  readonly names: SessionNames;
  readonly hiding: Hiding;
  readonly engine: Engine;
  /** Before anything was built. */
  readonly stored: StoredTables;
  readonly found: FoundObjects;
  readonly now: () => number;
  /** Called before each statement with its position and how many there are. */
  readonly starting: (position: number, count: number) => void;
  /** Measures, around the build, what the proposal costs writers. */
  readonly withCost: (proposal: Proposal, build: () => Promise<Built>) => Promise<Built>;
  /** The database is a lens: what can be built is there already. */
  readonly isLens: boolean;
}

export interface Builder {
  /** @throws DatabaseError; the caller's savepoint undoes what was done. */
  build(context: BuildContext, proposal: Proposal): Promise<Built>;
  /** Where nothing can be built, HypoPG may estimate it. */
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

/** The statements of all switchings of one probe; the same statement is sent once. @param fromWriters As of hideStatements(). */
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
