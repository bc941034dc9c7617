/** Lists of values as PostgreSQL writes them, `{1,"a b",c}`: one dimension, whose elements may themselves be quoted lists. */

/** @returns undefined when it is no such list; NULL elements are none either: statistics have no place for them. */
export function elementsOf(text: string): readonly string[] | undefined {
  if (!text.startsWith('{') || !text.endsWith('}') || text.length < 2) return undefined;
  const inside = text.slice(1, -1);
  if (inside === '') return [];
  const elements: string[] = [];
  const element = /"((?:[^"\\]|\\.)*)"(?=,|$)|((?:[^",{}\\\s]|\\.)(?:[^",{}\\]|\\.)*)(?=,|$)/gsy;
  for (let at = 0; ; ) {
    element.lastIndex = at;
    const match = element.exec(inside);
    if (match === null) return undefined;
    const [whole, quoted, bare] = match;
    if (bare !== undefined && /^null$/i.test(bare.trim())) return undefined;
    elements.push((quoted ?? bare ?? '').replace(/\\(.)/gs, '$1'));
    at += whole.length;
    if (at === inside.length) return elements;
    at++;
  }
}
