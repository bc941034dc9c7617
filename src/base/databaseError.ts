/** An error that a PostgreSQL server reported. Pure. */

/** What a server says beside an error's message. */
export interface ErrorFields {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** Where in the statement's text, in characters from 1; undefined where the server does not say. */
  readonly position?: number | undefined;
}

/** A message with the server's DETAIL and HINT behind it. */
export function withDetails(message: string, { detail, hint }: ErrorFields): string {
  const more = [detail && `DETAIL: ${detail}`, hint && `HINT: ${hint}`];
  return [message, ...more].filter(part => part !== undefined && part !== '').join('; ');
}

/** `code` is its SQLSTATE, `message` all that the server said: `…; DETAIL: …; HINT: …`. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  constructor(
    /** Without its DETAIL and HINT. */
    readonly summary: string,
    readonly code: string,
    readonly fields: ErrorFields = {},
  ) {
    super(withDetails(summary, fields));
  }
}
