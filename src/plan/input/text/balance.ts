/** How much of an expression is still open at the end of a line: parentheses and quotes, fed piece by piece. */

export class Balance {
  /** Parentheses, brackets and braces opened and not closed. */
  depth = 0;
  /** The quote it is in, or ''. */
  quote = '';

  feed(text: string): this {
    for (const character of text) {
      if (this.quote !== '') {
        // A doubled quote closes and opens again: the same in the end.
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
