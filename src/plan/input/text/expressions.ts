/** Expressions as PostgreSQL prints them: open quotes and brackets at the end of a line, and lists. */

export class Balance {
  /** Number of open parentheses, brackets and braces. */
  depth = 0;
  /** The open quote, or ''. */
  quote = '';

  feed(text: string): this {
    for (const character of text) {
      if (this.quote !== '') {
        // A doubled quote closes and reopens, with the same result.
        if (character === this.quote) this.quote = '';
      } else if (character === "'" || character === '"') this.quote = character;
      else if (character === '(' || character === '[' || character === '{') this.depth++;
      else if (character === ')' || character === ']' || character === '}') this.depth--;
    }
    return this;
  }

  get inLiteral(): boolean {
    return this.quote === "'";
  }

  get isOpen(): boolean {
    return this.quote !== '' || this.depth > 0;
  }
}

// Expressions joined with `, ` → a list, as in FORMAT JSON.

/** @returns One item if parentheses or quotes are unbalanced. */
export function splitList(text: string): readonly string[] {
  const items: string[] = [];
  const balance = new Balance();
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    balance.feed(character);
    if (character !== ',' || balance.isOpen || text[i + 1] !== ' ') continue;
    items.push(text.slice(start, i));
    start = i + 2;
  }
  if (balance.isOpen || balance.depth !== 0) return [text];
  return [...items, text.slice(start)];
}
