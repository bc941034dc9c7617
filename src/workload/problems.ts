/** An error at an offset of a workload file. */
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

/** Errors gathered, of several files or of one: none must hide another, nor stop what is sound. */

export class Problems {
  private readonly found: PgoptError[] = [];

  /** @returns undefined where `read` threw a PgoptError, which is kept; anything else is a bug, and is thrown on. */
  async attempt<T>(read: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }

  /** Also those that the error carries with it. */
  add(error: unknown): void {
    if (!(error instanceof PgoptError)) throw error;
    this.found.push(withOthers(error, []), ...error.others);
  }

  /** By file, then by location: files are read side by side. Each once: the sets of values of a query share its text. */
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

  /** @throws PgoptError all that was gathered, where anything was. */
  throwIfAny(): void {
    throwAll(this.sorted());
  }
}

/** As many as fit one file, say: they are reported together. @throws PgoptError */
export async function allOf<T>(readers: readonly (() => T | Promise<T>)[]): Promise<T[]> {
  const problems = new Problems();
  const read: T[] = [];
  // In order: a reader may depend on what the earlier ones read.
  for (const reader of readers) {
    const value = await problems.attempt(reader);
    if (value !== undefined) read.push(value);
  }
  problems.throwIfAny();
  return read;
}

/** @throws PgoptError the first, which carries the others with it, so that all are reported. */
export function throwAll([first, ...others]: readonly PgoptError[]): void {
  if (first === undefined) return;
  throw withOthers(first, others);
}

function withOthers(error: PgoptError, others: readonly PgoptError[]): PgoptError {
  const { location, next, code, message } = error;
  return new PgoptError(code, message, { ...(location === undefined ? {} : { location }), next, others });
}
