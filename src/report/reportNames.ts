/** Names of queries and databases in reports. */

/** Adds the server's version unless the label has it: `embedded PostgreSQL 15.18`. */
export const databaseName = (label: string, serverVersion: string | null): string =>
  serverVersion === null || label.includes(serverVersion) ? label : `${label}, PostgreSQL ${serverVersion}`;

interface NamedQuery {
  readonly id: string;
  readonly number: number;
  readonly values: { readonly label: string } | null;
}

/** Number, plus the values if several sets share it. */
export const queryName = ({ id, number, values }: NamedQuery, queries: readonly NamedQuery[]): string =>
  values !== null && queries.some(other => other.number === number && other.id !== id)
    ? `${number} · ${values.label}`
    : String(number);

/** Falls back to the id for unknown queries. */
export const nameOfQuery = (id: string, queries: readonly NamedQuery[]): string => {
  const query = queries.find(one => one.id === id);
  return query === undefined ? id : queryName(query, queries);
};
