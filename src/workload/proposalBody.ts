/** A proposal's file: the comments that it begins with, and its statements as they are laid out. Pure. */

/** The comment lines that a file begins with. */
export function headOf(ddl: string): string {
  return /^(?:\s*--[^\n]*\n|\s*\n)*/.exec(ddl)?.[0] ?? '';
}

/** Everything below them, without the last semicolon. */
export const bodyOf = (ddl: string): string => ddl.slice(headOf(ddl).length).trim().replace(/\s*;$/, '');

/** Below a head: the text as it is laid out, ended by a semicolon. */
export function endedBody(text: string): string {
  const body = text.trim();
  if (body.endsWith(';')) return `${body}\n`;
  // A comment behind the last statement would swallow a semicolon.
  const lastLine = body.slice(body.lastIndexOf('\n') + 1);
  if (!lastLine.includes('--')) return `${body};\n`;
  return /;\s*(?:--[^\n]*\s*)+$/.test(body) ? `${body}\n` : `${body}\n;\n`;
}
