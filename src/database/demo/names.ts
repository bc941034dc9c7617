/** Databases are named after what they hold: `shop_0_01`, and `shop_0_01_seed_7` for another seed than the usual. */

export const DEFAULT_SEED = 1;
/** While it is being loaded; the holder of the shop's lock owns this name. */
const LOADING = '_loading';

/** The scale's digits with `_` for the point; never an exponent, so that names sort and read well. */
export function shopName(scale: number, seed: number): string {
  const digits = scale
    .toFixed(12)
    .replace(/\.?0+$/, '')
    .replace('.', '_');
  return `shop_${digits}${seed === DEFAULT_SEED ? '' : `_seed_${seed}`}`;
}

export const loadingName = (shop: string): string => shop + LOADING;

/** The shop that a loading database would become; undefined for any other database. */
export function shopOfLoading(database: string): string | undefined {
  return /^shop_.*_loading$/.test(database) ? database.slice(0, -LOADING.length) : undefined;
}

/** The first free name: the shop's own, else with the day, else with the day and a number. */
export function freeName(shop: string, loadedOn: string, taken: ReadonlySet<string>): string {
  const dated = `${shop}_${loadedOn.replaceAll('-', '')}`;
  for (let n = 0; ; n++) {
    const name = n === 0 ? shop : n === 1 ? dated : `${dated}_${n}`;
    if (!taken.has(name)) return name;
  }
}
