/** Holds a case's output to what the case promises, and its JSON and its text to each other. */
import { type Case, of, type Sign } from './case.ts';

interface Output {
  readonly json: string;
  readonly text: string;
}

type Holder = Readonly<Record<string, unknown>>;

/** @throws Error naming the sign that is missing. */
export function checkCase(one: Case, major: number, { json, text }: Output): void {
  const holders = objectsIn(JSON.parse(json));
  for (const sign of of(one.shows, major)) {
    if (!holders.some(holder => matches(holder, sign)))
      throw new Error(`${major}/${one.name} does not show ${describe(sign)}:\n${text}`);
  }
  if (one.text !== undefined && !one.text.test(text))
    throw new Error(`${major}/${one.name} does not show ${one.text}:\n${text}`);
}

/** The text has an arrow for each node but the statements' roots. @throws Error */
export function checkSame(name: string, { json, text }: Output): void {
  const nodes = objectsIn(JSON.parse(json)).filter(holder => 'Node Type' in holder).length;
  const statements: readonly unknown[] = JSON.parse(json);
  const roots = statements.filter(one => typeof one === 'object').length;
  const arrows = text.match(/^ *-> {2}/gm)?.length ?? 0;
  if (arrows !== nodes - roots)
    throw new Error(`${name}: ${nodes} nodes in JSON, ${arrows} arrows in:\n${text}`);
}

/** Every object in the document, at any depth. */
function objectsIn(value: unknown): readonly Holder[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (!isHolder(value)) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(holder: Holder, sign: Sign): boolean {
  return Object.entries(sign).every(([key, wanted]) => {
    const value = holder[key];
    if (typeof wanted === 'function') return wanted(value, holder);
    if (wanted instanceof RegExp) return value !== undefined && wanted.test(asText(value));
    return value === wanted;
  });
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describe(sign: Sign): string {
  return Object.entries(sign)
    .map(([key, wanted]) => `${key} ${typeof wanted === 'function' ? 'as it should be' : wanted}`)
    .join(', ');
}
