/** How often each query is called a day: `calls_a_day` of schema/workload.json → calls of each set of values. Pure. */
import { PgoptError } from '../base/errors.ts';
import type { Location } from '../base/location.ts';
import type { Problems } from './problems.ts';
import { slugOf } from './variants.ts';
import type { Query } from './workload.ts';

/** One line of `calls_a_day`. */
export interface CallsEntry {
  /** Id of a file, or `id#label` for one of its sets of values. */
  readonly name: string;
  readonly calls: number;
  readonly location: Location;
}

/**
 * A file's number is split evenly over those of its sets that have none of their own. A query that no entry speaks of
 * is not in the answer.
 * @param files Ids of all query files, those with an error of their own too.
 * @param queries The sound ones.
 * @param problems Gets what names no query; the other entries count all the same.
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
    // A file with an error has no sets yet: that error is reported, and is enough.
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
/** Names of files hold no `#`. */
const fileOf = (name: string) => name.split('#')[0] ?? name;
const queriesOf = (queries: readonly Query[], file: string) =>
  queries.filter(({ id }) => fileOf(id) === file);
/** The first set's id is its file's; here it can be called by its label like the others. */
const setName = ({ id, values }: Query) =>
  values === undefined ? id : `${fileOf(id)}#${slugOf(values.label)}`;

function unknown(name: string, location: Location, sets: readonly string[], files: readonly string[]) {
  return new PgoptError('workload-invalid', `there is no query ${JSON.stringify(name)}`, {
    location,
    next: `known here: ${(sets.length > 0 ? sets : files).join(', ')}`,
  });
}

function nothingLeft(name: string, location: Location) {
  return new PgoptError('workload-invalid', `every set of values of ${name} has a number of its own`, {
    location,
    next: 'remove this line, or one of theirs',
  });
}
