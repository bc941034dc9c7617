/** `calls_a_day` of schema/workload.json → calls per day of each query. */
import { PgoptError } from '../base/errors.ts';
import type { Location } from '../base/location.ts';
import type { Problems } from './problems.ts';
import { slugOf } from './variants.ts';
import type { Query } from './workload.ts';

export interface CallsEntry {
  /** Id of a file, or `id#label` for one of its sets of values. */
  readonly name: string;
  readonly calls: number;
  readonly location: Location;
}

/**
 * Splits a file's number evenly over its sets of values without a number. The result lacks queries without an entry.
 * @param files Ids of all query files, including those with errors.
 * @param queries Queries without errors.
 * @param problems Receives entries that name no query.
 */
export function callsADay(
  entries: readonly CallsEntry[],
  files: readonly string[],
  queries: readonly Query[],
  problems: Problems,
): Readonly<Record<string, number>> {
  // A query may be called `constructor`.
  const calls: Record<string, number> = Object.create(null);
  for (const { name, calls: number, location } of entries.filter(isOfSet)) {
    const query = queries.find(candidate => setName(candidate) === name);
    if (query !== undefined) calls[query.id] = number;
    // A file with an error has no sets yet; its own error is enough.
    else if (queriesOf(queries, fileOf(name)).length > 0 || !files.includes(fileOf(name)))
      problems.add(unknown(name, location, queriesOf(queries, fileOf(name)).map(setName), files));
  }
  for (const { name, calls: number, location } of entries.filter(entry => !isOfSet(entry))) {
    const sets = queriesOf(queries, name);
    const open = sets.filter(({ id }) => calls[id] === undefined);
    if (!files.includes(name)) problems.add(unknown(name, location, [], files));
    else if (sets.length > 0 && open.length === 0) problems.add(nothingLeft(name, location));
    for (const { id } of open) calls[id] = number / open.length;
  }
  return calls;
}

const isOfSet = ({ name }: CallsEntry) => name.includes('#');
const fileOf = (name: string) => name.split('#')[0] ?? name;
const queriesOf = (queries: readonly Query[], file: string) =>
  queries.filter(({ id }) => fileOf(id) === file);
/** The first set's id is its file's, but its label names it here, too. */
const setName = ({ id, values }: Query) =>
  values === undefined ? id : `${fileOf(id)}#${slugOf(values.label)}`;

function unknown(name: string, location: Location, sets: readonly string[], files: readonly string[]) {
  return new PgoptError('workload-invalid', `there is no query ${JSON.stringify(name)}`, {
    location,
    next: `choose from ${(sets.length > 0 ? sets : files).join(', ')}`,
  });
}

function nothingLeft(name: string, location: Location) {
  return new PgoptError('workload-invalid', `every set of values of ${name} has its own number`, {
    location,
    next: 'remove this line or one of the others',
  });
}
