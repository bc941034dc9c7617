/** An error at an offset of a workload file. */
import { PgoptError } from '../base/errors.ts';
import { placeAt } from '../base/location.ts';

export function refuse(
  file: string,
  text: string,
  offset: number,
  message: string,
  next: string,
): PgoptError {
  return new PgoptError('workload-invalid', message, { place: placeAt(file, text, offset), next });
}
