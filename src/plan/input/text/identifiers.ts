/** Names as PostgreSQL prints them, with quotes where they need some: `public."Order Lines" l`. */

export interface Target {
  readonly schema: string | undefined;
  readonly object: string | undefined;
  readonly alias: string | undefined;
}

interface Token {
  readonly name: string;
  readonly end: number;
}

/** @returns The identifier at that position without its quotes, and where it ends. */
export function identifierAt(text: string, start: number): Token {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== ' ' && text[end] !== '.') end++;
    return { name: text.slice(start, end), end };
  }
  let end = start + 1;
  while (end < text.length && (text[end] !== '"' || text[end + 1] === '"')) end += text[end] === '"' ? 2 : 1;
  return { name: text.slice(start + 1, end).replaceAll('""', '"'), end: Math.min(text.length, end + 1) };
}

/** `schema.object alias`, each but the object optional. */
export function targetOf(text: string): Target {
  let schema: string | undefined;
  let object = identifierAt(text, 0);
  if (text[object.end] === '.') {
    schema = object.name;
    object = identifierAt(text, object.end + 1);
  }
  let next = object.end;
  while (text[next] === ' ') next++;
  const alias = next < text.length ? identifierAt(text, next).name : undefined;
  return { schema, object: object.name === '' ? undefined : object.name, alias };
}
