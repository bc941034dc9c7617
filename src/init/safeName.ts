/** Names of files from names of tables and indexes, which may hold anything: `../`, blanks, escape sequences. */

/** @returns [a-z0-9_-]+, at most 48 characters; `unnamed` where nothing is left. */
export function safeName(...parts: readonly string[]): string {
  const name = parts
    .join('_')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '_')
    .slice(0, 48)
    .replace(/^[_-]+|[_-]+$/g, '');
  return name === '' ? 'unnamed' : name;
}

/** Gives each name once: the second `orders` is `orders_2`. */
export function distinctNames(): (name: string) => string {
  const taken = new Set<string>();
  return name => {
    let own = name;
    for (let count = 2; taken.has(own); count++) own = `${name}_${count}`;
    taken.add(own);
    return own;
  };
}
