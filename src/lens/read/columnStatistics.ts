/** A row of pg_stats → the statistics of a column. */
import type { Row } from '../../database/link.ts';
import type { LensColumnStatistics } from '../document.ts';
import { maybe, number, numbers, optionalNumber, optionalText } from './rows.ts';

export function columnStatistics(row: Row): LensColumnStatistics {
  const common = optionalText(row, 'commonValues');
  const elements = optionalText(row, 'commonElements');
  const counts = numbers(row, 'elementCounts');
  return {
    nullFraction: number(row, 'nullFraction'),
    averageWidth: number(row, 'averageWidth'),
    distinct: number(row, 'distinct'),
    ...maybe(
      'mostCommon',
      common === undefined ? undefined : { values: common, frequencies: numbers(row, 'commonFrequencies') },
    ),
    ...maybe('histogram', optionalText(row, 'histogram')),
    ...maybe('correlation', optionalNumber(row, 'correlation')),
    ...maybe(
      'mostCommonElements',
      elements === undefined
        ? undefined
        : { values: elements, frequencies: numbers(row, 'elementFrequencies') },
    ),
    ...maybe('elementCountHistogram', counts.length === 0 ? undefined : counts),
    ...maybe('rangeLengthHistogram', optionalText(row, 'rangeLengths')),
    ...maybe('rangeEmptyFraction', optionalNumber(row, 'rangeEmpty')),
    ...maybe('rangeBoundsHistogram', optionalText(row, 'rangeBounds')),
  };
}
