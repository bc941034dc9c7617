/** Indexes that replace others, as one switch: off shows the old ones, on shows the new ones. */
import { DatabaseError } from '../../base/databaseError.ts';
import type { Builder } from './builder.ts';
import { CREATES } from './create.ts';
import { DROPS } from './drop.ts';

export const REPLACES: Builder = {
  // HypoPG could add the new index, but the old one would stay.
  imaginable: false,
  async build(context, proposal) {
    // First: if an old index cannot be dropped, the build is pointless.
    const old = await DROPS.build(context, proposal);
    const added = await CREATES.build(context, proposal);
    if (old.inPlace !== undefined && added.inPlace === undefined)
      throw new DatabaseError(old.inPlace, '42704');
    const inPlace = old.inPlace === undefined ? undefined : `${added.inPlace}; ${old.inPlace}`;
    return {
      ...added,
      objects: [...added.objects, ...old.objects],
      switch: { on: old.switch.on, off: added.switch.off },
      inPlace,
    };
  },
};
