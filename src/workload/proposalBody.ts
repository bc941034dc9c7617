/** The leading comments of a proposal's file, and its statements as laid out. */

export function headOf(ddl: string): string {
  return /^(?:\s*--[^\n]*\n|\s*\n)*/.exec(ddl)?.[0] ?? '';
}

/** Everything after the head, without the last semicolon. */
export const bodyOf = (ddl: string): string => ddl.slice(headOf(ddl).length).trim().replace(/\s*;$/, '');

export function endedBody(text: string): string {
  const body = text.trim();
  if (body.endsWith(';')) return `${body}\n`;
  // A comment after the last statement would swallow a semicolon.
  const lastLine = body.slice(body.lastIndexOf('\n') + 1);
  if (!lastLine.includes('--')) return `${body};\n`;
  return /;\s*(?:--[^\n]*\s*)+$/.test(body) ? `${body}\n` : `${body}\n;\n`;
}
