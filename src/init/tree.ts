/** The few shapes of PostgreSQL's parse tree that are looked at here. Every node is `{ Kind: { … } }`. */
export type Fields = Readonly<Record<string, unknown>>;

/** The node's fields when it is of that kind. */
export function asKind(node: unknown, kind: string): Fields | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  return (node as Readonly<Record<string, Fields | undefined>>)[kind];
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** `[{ String: { sval } }, …]` → texts; a `*` of a column reference is left out. */
export function namesOf(value: unknown): string[] {
  return listOf(value).flatMap(part => {
    const text = asKind(part, 'String')?.sval;
    return typeof text === 'string' ? [text] : [];
  });
}

/** Every direct child node or list of nodes. */
export function childrenOf(node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return node;
  if (typeof node !== 'object' || node === null) return [];
  return Object.values(node).filter(value => typeof value === 'object' && value !== null);
}
