/** Errors of several files, gathered: one bad file must neither hide the others' errors nor stop what is sound. */
import { PgoptError } from '../errors.ts';

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

  add(error: unknown): void {
    if (!(error instanceof PgoptError)) throw error;
    this.found.push(error);
  }

  /** By file, then by line: files are read side by side. */
  sorted(): readonly PgoptError[] {
    const key = ({ place }: PgoptError) => place?.file ?? '';
    return [...this.found].sort(
      (a, b) =>
        (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) || (a.place?.line ?? 0) - (b.place?.line ?? 0),
    );
  }
}

/** @throws PgoptError the first, which carries the others with it, so that they are all told. */
export function throwAll([first, ...others]: readonly PgoptError[]): void {
  if (first === undefined) return;
  const { place, next, code, message } = first;
  throw new PgoptError(code, message, { ...(place === undefined ? {} : { place }), next, others });
}
