/** What stands in a function's argument when it is a constant: literals by function and position. */
import { type Fields, namesOf } from './tree.ts';

const ARGUMENTS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  date_trunc: ["'month'", undefined, "'UTC'"],
  date_part: ["'month'"],
  extract: ["'month'"],
  timezone: ["'UTC'"],
  to_char: [undefined, "'YYYY-MM-DD'"],
  to_date: [undefined, "'YYYY-MM-DD'"],
  to_timestamp: [undefined, "'YYYY-MM-DD'"],
  round: [undefined, '2'],
  trunc: [undefined, '2'],
  string_agg: [undefined, "', '"],
  array_to_string: [undefined, "', '"],
  concat_ws: ["', '"],
  substring: [undefined, '1', '3'],
  substr: [undefined, '1', '3'],
  left: [undefined, '3'],
  right: [undefined, '3'],
  split_part: [undefined, "'-'", '1'],
  lag: [undefined, '1', '0'],
  lead: [undefined, '1', '0'],
  nth_value: [undefined, '1'],
  ntile: ['10'],
  percentile_cont: ['0.5'],
  percentile_disc: ['0.5'],
};

/** @returns An SQL literal, or undefined where there is no usual one. */
export function usualArgument(call: Fields, position: number): string | undefined {
  const name = namesOf(call.funcname).at(-1) ?? '';
  return Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name]?.[position] : undefined;
}
