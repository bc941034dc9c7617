import { scanTokens } from './grammar.ts';

/**
 * Protects a statement from psql's variables: psql would replace `:n` in `x[1:n]`. A blank after the colon prevents
 * that and means the same to the server.
 */
export async function forPsql(sql: string): Promise<string> {
  if (!sql.includes(':')) return sql;
  const tokens = (await scanTokens(sql)) ?? [];
  const colons = tokens.filter(({ text, end }, index) => text === ':' && tokens[index + 1]?.start === end);
  return colons.reduceRight((text, { end }) => `${text.slice(0, end)} ${text.slice(end)}`, sql);
}
