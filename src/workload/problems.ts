/** Errors in workload files: gathered, so that none hides another or stops what is valid. */
import { formatError, PgoptError } from '../base/errors.ts';
import { locationAt } from '../base/location.ts';

export function refuse(
  file: string,
  text: string,
  offset: number,
  message: string,
  next: string,
): PgoptError {
  return new PgoptError('workload-invalid', message, { location: locationAt(file, text, offset), next });
}

export class Problems {
  private readonly found: PgoptError[] = [];

  /** Keeps a PgoptError that `read` throws, and returns undefined. Any other error is a bug and passes through. */
  async attempt<T>(read: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }

  /** Adds an error and the errors that it carries. */
  add(error: unknown): void {
    if (!(error instanceof PgoptError)) throw error;
    this.found.push(withOthers(error, []), ...error.others);
  }

  /**
   * By file and location, because files are read concurrently; without duplicates, because sets of values share a
   * text.
   */
  sorted(): readonly PgoptError[] {
    const key = ({ location }: PgoptError) => location?.file ?? '';
    const once = new Map(this.found.map(error => [formatError(error), error]));
    return [...once.values()].sort(
      (a, b) =>
        (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) ||
        (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
        (a.location?.column ?? 0) - (b.location?.column ?? 0),
    );
  }

  /** @throws PgoptError with all gathered errors, if there are any */
  throwIfAny(): void {
    throwAll(this.sorted());
  }
}

/**
 * Runs all readers and reports their errors together.
 * @throws PgoptError
 */
export async function allOf<const Results extends readonly unknown[]>(
  readers: {
    readonly [At in keyof Results]: () => Results[At] | Promise<Results[At]>;
  },
): Promise<Results> {
  const problems = new Problems();
  const read: unknown[] = [];
  // Sequential, because a reader may depend on earlier ones.
  for (const reader of readers) read.push(await problems.attempt(reader));
  problems.throwIfAny();
  return read as unknown as Results;
}

/** @throws PgoptError the first, which carries the others */
export function throwAll([first, ...others]: readonly PgoptError[]): void {
  if (first === undefined) return;
  throw withOthers(first, others);
}

function withOthers(error: PgoptError, others: readonly PgoptError[]): PgoptError {
  const { location, next, code, message } = error;
  return new PgoptError(code, message, { ...(location === undefined ? {} : { location }), next, others });
}
