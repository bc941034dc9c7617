/** A statement as psql sends it unchanged. */
import { scanTokens } from './grammar.ts';

/**
 * psql would put a variable of its own in the place of `:n` in `x[1:n]`. A blank behind the colon keeps it from that,
 * and means the same to the server.
 */
export async function forPsql(sql: string): Promise<string> {
  if (!sql.includes(':')) return sql;
  const tokens = (await scanTokens(sql)) ?? [];
  const colons = tokens.filter(({ text, end }, index) => text === ':' && tokens[index + 1]?.start === end);
  return colons.reduceRight((text, { end }) => `${text.slice(0, end)} ${text.slice(end)}`, sql);
}
