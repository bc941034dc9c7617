/** The error a person would see for what `action` refuses; `accepted` where it refuses nothing. */
import { formatError, PgoptError } from '../../src/base/errors.ts';

export async function refusalOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof PgoptError) return formatError(error);
    throw error;
  }
  return 'accepted';
}
