/**
 * What else needs an index: a foreign key, uniqueness, or the last of several identical indexes. The advice shows
 * when dropping an index would lose one of these, and never recommends it for its bytes.
 */
import type { Mask } from './masks.ts';
import { maskOf, type Survey } from './survey.ts';

export interface Keeper {
  /** 'copies': identical indexes, one of which must stay. */
  readonly kind: 'foreign key' | 'unique' | 'copies';
  /** Name of the constraint, or of the index. */
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly foreignKey: ForeignKey | undefined;
  readonly indexes: readonly KeptIndex[];
}

export interface KeptIndex {
  readonly name: string;
  readonly droppedBy: readonly string[];
  /** Id of the proposal that creates it; undefined: the index existed before. */
  readonly addedBy: string | undefined;
}

export interface ForeignKey {
  readonly parent: string;
  /** What a DELETE of a parent row does to the rows that reference it: `CASCADE`. */
  readonly onDelete: string;
  /** Rows of the referencing table after its last VACUUM or ANALYZE. */
  readonly rows: number;
  readonly bytes: number;
  /** The planner's cost to find the rows that reference one parent row; undefined: EXPLAIN failed. */
  readonly lookup: { readonly withIndex: number; readonly without: number } | undefined;
}

/** Keepers that have an index in the baseline and none under this configuration. */
export function lostUnder(
  survey: Pick<Survey, 'proposals' | 'keepers'>,
  configuration: Mask,
): readonly Keeper[] {
  const isOn = (ids: readonly string[]) => (maskOf(survey, ids) & configuration) !== 0;
  return (survey.keepers ?? []).filter(({ indexes }) =>
    indexes.every(({ droppedBy, addedBy }) => (addedBy === undefined ? isOn(droppedBy) : !isOn([addedBy]))),
  );
}
