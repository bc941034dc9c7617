/**
 * What an index is kept for besides the workload's queries: a foreign key, uniqueness, its copy. An index to drop that is the
 * last one to serve any of these is shown, and never recommended for its bytes. Pure.
 */
import type { Mask } from './masks.ts';
import { maskOf, type Survey } from './survey.ts';

export interface Keeper {
  /** 'copies': identical indexes, of which one must stay. */
  readonly kind: 'foreign key' | 'unique' | 'copies';
  /** Of the constraint; of an index else. */
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly foreignKey: ForeignKey | undefined;
  /** The indexes that serve it. */
  readonly indexes: readonly KeptIndex[];
}

export interface KeptIndex {
  readonly name: string;
  /** Ids of the proposals that drop it. */
  readonly droppedBy: readonly string[];
  /** Id of the proposal that creates it; undefined: it was there before. */
  readonly addedBy: string | undefined;
}

export interface ForeignKey {
  readonly parent: string;
  /** What a DELETE of a parent row does to the rows that reference it: `CASCADE`. */
  readonly onDelete: string;
  /** Of the referencing table, as of the last VACUUM or ANALYZE. */
  readonly rows: number;
  readonly bytes: number;
  /** The planner's cost of looking one parent row's children up; undefined where it could not be asked. */
  readonly lookup: { readonly withIndex: number; readonly without: number } | undefined;
}

/** What no index serves under a configuration any more, and one does in the database as it is. */
export function lostUnder(
  survey: Pick<Survey, 'proposals' | 'keepers'>,
  configuration: Mask,
): readonly Keeper[] {
  const isOn = (ids: readonly string[]) => (maskOf(survey, ids) & configuration) !== 0;
  return (survey.keepers ?? []).filter(({ indexes }) =>
    indexes.every(({ droppedBy, addedBy }) => (addedBy === undefined ? isOn(droppedBy) : !isOn([addedBy]))),
  );
}
