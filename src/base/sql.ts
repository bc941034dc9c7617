/** Names and texts as SQL writes them. Pure. */

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A literal that no server setting can misread (standard_conforming_strings or not). */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? ` E${quoted}` : quoted;
}
