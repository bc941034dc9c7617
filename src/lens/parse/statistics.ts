/** Parses statistics of columns, expressions and extended statistics. */
import { arrayLength, SEPARATORS } from '../arrayText.ts';
import type { LensColumnStatistics, LensExtendedStatistics } from '../document.ts';
import { type Field, LIMITS } from './field.ts';

export function columnStatistics(field: Field): LensColumnStatistics {
  return {
    nullFraction: field.at('nullFraction').number(0, 1),
    averageWidth: field.at('averageWidth').integer(0, LIMITS.width),
    distinct: field.at('distinct').number(-1, LIMITS.rows),
    // As many frequencies as values. Elements have two or three more: least, greatest, and NULL's.
    ...field.optional('mostCommon', one => common(one, 0, 0)),
    ...field.optional('histogram', values),
    ...field.optional('correlation', one => one.number(-1.001, 1.001)),
    ...field.optional('mostCommonElements', one => common(one, 2, 3)),
    ...field.optional('elementCountHistogram', one =>
      one.list(LIMITS.numbers, count => count.number(0, LIMITS.rows)),
    ),
    ...field.optional('rangeLengthHistogram', values),
    ...field.optional('rangeEmptyFraction', one => one.number(0, 1)),
    ...field.optional('rangeBoundsHistogram', values),
  };
}

/** Of an index or extended statistics. */
export function expressionStatistics(
  field: Field,
): readonly (LensColumnStatistics & { readonly position: number })[] {
  const seen = new Set<number>();
  return field.list(LIMITS.columns, one => {
    const position = one.at('position').integer(1, LIMITS.columns);
    if (seen.has(position)) throw one.refused(`there are two of position ${position}`);
    seen.add(position);
    return { position, ...columnStatistics(one) };
  });
}

function common(field: Field, fewest: number, most: number) {
  const frequencies = field.at('frequencies').list(LIMITS.numbers, frequency => frequency.number(0, 1.001));
  const listed = field.at('values');
  if (listed.isMissing) return { values: undefined, frequencies };
  const literal = values(listed);
  // The delimiter depends on the type, which is unknown here.
  const fits = SEPARATORS.some(separator => {
    const more = frequencies.length - (arrayLength(literal, separator) ?? Number.NaN);
    return more >= fewest && more <= most;
  });
  if (!fits) throw listed.refused('the numbers of values and frequencies differ');
  return { values: literal, frequencies };
}

function values(field: Field): string {
  const literal = field.text(LIMITS.values);
  if (SEPARATORS.every(separator => arrayLength(literal, separator) === undefined))
    throw field.expected('a list of values, of one dimension and without NULL: {1,"a b"}');
  return literal;
}

/** `{"1, 2": 17, "1, -1": 3}`: column numbers; expressions count from -1 down. */
const DISTINCT = /^\{"-?\d+(, -?\d+)+": -?\d+(, "-?\d+(, -?\d+)+": -?\d+)*\}$/;
/** `{"1 => 2": 1.000000, "1, 3 => 2": 0.5}` */
const DEPENDENCIES =
  /^\{"-?\d+(, -?\d+)* => -?\d+": \d+(\.\d+)?(, "-?\d+(, -?\d+)* => -?\d+": \d+(\.\d+)?)*\}$/;

export function extendedFigures(
  field: Field,
): Pick<LensExtendedStatistics, 'inherited' | 'expressionStatistics' | 'distinct' | 'dependencies'> {
  return {
    inherited: field.at('inherited').flag(),
    expressionStatistics: expressionStatistics(field.at('expressionStatistics')),
    ...field.optional('distinct', one =>
      one.matching(DISTINCT, 'numbers of distinct values: {"1, 2": 17}', LIMITS.definition),
    ),
    ...field.optional('dependencies', one =>
      one.matching(DEPENDENCIES, 'dependencies: {"1 => 2": 0.5}', LIMITS.definition),
    ),
  };
}
