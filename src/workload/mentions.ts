/**
 * Finds the relations in a statement's text, so that another text can replace them while the rest stays as written.
 */
import { endOfName, type NodeOf, nodeAs, parseStatements } from './grammar.ts';

/** A relation in the text; not the name of a CTE. */
interface Mention {
  readonly schema: string | undefined;
  readonly name: string;
  readonly alias: string | undefined;
  /** It is the command `TABLE name`. */
  readonly isCommand: boolean;
  /** Offsets of the name including its schema, TABLE, ONLY and `*`. */
  readonly start: number;
  readonly end: number;
}

type RangeVar = NodeOf<'RangeVar'>;

/**
 * @param sql One statement.
 * @returns In the order of the text.
 */
export async function mentionsIn(sql: string): Promise<readonly Mention[]> {
  const [statement] = await parseStatements('', sql);
  if (statement === undefined) return [];
  const { tree, tokens, offsetOf } = statement;
  const found = rangeVars(tree, new Set()).flatMap(({ schemaname, relname = '', alias, location }) => {
    const at = tokens.findIndex(({ start }) => start === offsetOf(location ?? -1));
    const first = tokens[at];
    if (location === undefined || first === undefined) return [];
    let last = endOfName(tokens, at);
    while (tokens[last + 1]?.text === '.') last = endOfName(tokens, last + 2);
    const only = tokens[at - 1]?.text.toUpperCase() === 'ONLY' ? 1 : 0;
    const isCommand = tokens[at - only - 1]?.text.toUpperCase() === 'TABLE';
    if (tokens[last + 1]?.text === '*') last++;
    return [
      {
        schema: schemaname,
        name: relname,
        alias: alias?.aliasname,
        isCommand,
        start: tokens[at - only - (isCommand ? 1 : 0)]?.start ?? first.start,
        end: tokens[last]?.end ?? first.end,
      },
    ];
  });
  return found.sort((a, b) => a.start - b.start);
}

/**
 * @param mentions In the order of the text.
 * @param texts The replacement of each mention; undefined keeps it.
 */
export function replaceMentions(
  sql: string,
  mentions: readonly Mention[],
  texts: readonly (string | undefined)[],
): string {
  return mentions.reduceRight((text, { start, end }, position) => {
    const replacement = texts[position];
    return replacement === undefined ? text : text.slice(0, start) + replacement + text.slice(end);
  }, sql);
}

/** @param ctes Names that mean CTEs here. */
function rangeVars(value: unknown, ctes: ReadonlySet<string>): RangeVar[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(item => rangeVars(item, ctes));
  const { withClause, ...rest } = value as { readonly withClause?: NodeOf<'WithClause'> } & Record<
    string,
    unknown
  >;
  const known = new Set(ctes);
  const found: RangeVar[] = [];
  const entries = (withClause?.ctes ?? []).flatMap(cte => nodeAs(cte, 'CommonTableExpr') ?? []);
  if (withClause?.recursive === true) for (const { ctename } of entries) known.add(ctename ?? '');
  for (const { ctename, ctequery } of entries) {
    found.push(...rangeVars(ctequery, known));
    known.add(ctename ?? '');
  }
  for (const [key, inner] of Object.entries(rest)) {
    // INSERT, UPDATE and DELETE hold a bare RangeVar here; TABLESAMPLE does not.
    const isBare = key === 'relation' && (inner as RangeVar).relname !== undefined;
    if (key !== 'RangeVar' && !isBare) found.push(...rangeVars(inner, known));
    else {
      const relation = inner as RangeVar;
      if (relation.schemaname !== undefined || !known.has(relation.relname ?? '')) found.push(relation);
    }
  }
  return found;
}
