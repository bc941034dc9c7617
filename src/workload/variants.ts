/** A query file with sets of values → one query for each set. */
import type { TrustedFunctions } from './functions.ts';
import { findParameters } from './parameters.ts';
import { allOf, Problems, refuse } from './problems.ts';
import { checkQuery, type ParsedQuery, parseQuery } from './selects.ts';
import type { ValueSet } from './values.ts';
import type { ValuesOfQuery } from './workload.ts';

export interface Variant extends ParsedQuery {
  /** Appended to the file's id: '' for the first set, otherwise `#label`. */
  readonly suffix: string;
  readonly values: ValuesOfQuery | undefined;
  readonly set: ValueSet | undefined;
}

/**
 * @returns One for each set; without sets, one without values.
 * @throws PgoptError 'workload-invalid' with file, line and caret, also for a value without a parameter and for two
 *   sets with one name
 */
export async function variantsOf(
  file: string,
  text: string,
  sets: readonly ValueSet[],
  trusted?: TrustedFunctions,
): Promise<readonly Variant[]> {
  const names = new Set((await findParameters(text)).map(({ name }) => name));
  const problems = new Problems();
  const next = names.size === 0 ? 'it has no parameters: remove the line' : `it has ${[...names].join(', ')}`;
  for (const { name, offset } of sets.flatMap(({ values }) => values))
    if (!names.has(name))
      problems.add(refuse(file, text, offset, `the query has no parameter ${name}`, next));
  await problems.attempt(() => checkQuery(file, text, trusted));
  // A misspelled name also leaves a parameter without a value: report it once.
  problems.throwIfAny();
  if (sets.length === 0)
    return [
      { suffix: '', values: undefined, set: undefined, ...(await parseQuery(file, text, [], trusted)) },
    ];
  const labels = sets.map(({ label }, position) => label ?? String(position + 1));
  const slugs = labels.map(slugOf);
  for (const [position, { offset }] of sets.entries())
    if (slugs.indexOf(slugs[position] ?? '') < position)
      problems.add(
        refuse(
          file,
          text,
          offset,
          `two sets of values are called ${labels[position]}`,
          'use different labels',
        ),
      );
  const variants = await problems.attempt(() =>
    allOf(
      sets.map((set, position) => async () => ({
        suffix: position === 0 ? '' : `#${slugs[position]}`,
        values: {
          label: labels[position] ?? '',
          text: set.values.map(value => `${value.name} = ${value.text}`).join(', '),
        },
        set,
        ...(await parseQuery(file, text, set.values, trusted)),
      })),
    ),
  );
  problems.throwIfAny();
  return variants ?? [];
}

export const slugOf = (label: string): string => label.replace(/[\s,|#]+/g, '-');
