/** An error that a PostgreSQL server reported. */

/** Optional fields of a server's error. */
export interface ErrorFields {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** In the statement's text, in characters from 1. */
  readonly position?: number | undefined;
}

/** `message; DETAIL: …; HINT: …` */
export function withDetails(message: string, { detail, hint }: ErrorFields): string {
  const more = [detail && `DETAIL: ${detail}`, hint && `HINT: ${hint}`];
  return [message, ...more].filter(part => part !== undefined && part !== '').join('; ');
}

/** `code` is the SQLSTATE. `message` includes DETAIL and HINT. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  constructor(
    /** Without DETAIL and HINT. */
    readonly summary: string,
    readonly code: string,
    readonly fields: ErrorFields = {},
  ) {
    super(withDetails(summary, fields));
  }
}
