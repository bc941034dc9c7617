/** Names as the server keeps them. Pure. */

/** NAMEDATALEN - 1: what PostgreSQL keeps of an identifier, in bytes. */
const NAME_BYTES = 63;

/** What the server makes of a longer name. */
export const serverName = (name: string): string => cut(name, NAME_BYTES);

function cut(name: string, bytes: number): string {
  const characters = [...name];
  while (Buffer.byteLength(characters.join('')) > bytes) characters.pop();
  return characters.join('');
}

/** Names for the indexes of partitions, each given once. */
export class PartitionNames {
  private readonly given = new Set<string>();

  /** `orders_2024_by_date`: the partition's, then the index's. */
  of(schema: string, partition: string, index: string): string {
    for (let n = 1; ; n++) {
      const suffix = n === 1 ? '' : `_${n}`;
      const name = cut(`${partition}_${index}`, NAME_BYTES - suffix.length) + suffix;
      const key = `${schema}\0${name}`;
      if (this.given.has(key)) continue;
      this.given.add(key);
      return name;
    }
  }
}
