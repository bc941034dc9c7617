/** How reports name a query and a database. Pure. */

/** With the server's version, unless the label has it: `embedded PostgreSQL 15.18`. */
export const databaseName = (label: string, serverVersion: string | null): string =>
  serverVersion === null || label.includes(serverVersion) ? label : `${label}, PostgreSQL ${serverVersion}`;

export interface NamedQuery {
  readonly id: string;
  readonly number: number;
  readonly values: { readonly label: string } | null;
}

/** By its number, and by the values where it has several sets: they share the number. */
export const queryName = ({ id, number, values }: NamedQuery, queries: readonly NamedQuery[]): string =>
  values !== null && queries.some(other => other.number === number && other.id !== id)
    ? `${number} · ${values.label}`
    : String(number);

/** By its id; an id that is not among the queries stands for itself. */
export const nameOfQuery = (id: string, queries: readonly NamedQuery[]): string => {
  const query = queries.find(one => one.id === id);
  return query === undefined ? id : queryName(query, queries);
};
