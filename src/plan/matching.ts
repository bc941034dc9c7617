/** Which node of one plan is which of the other. */

export class Matching {
  readonly #ofBefore: (number | undefined)[];
  readonly #ofAfter: (number | undefined)[];

  constructor(before: number, after: number) {
    this.#ofBefore = new Array(before).fill(undefined);
    this.#ofAfter = new Array(after).fill(undefined);
  }

  /** Does nothing when either has a partner already. */
  pair(before: number, after: number): void {
    if (this.#ofBefore[before] !== undefined || this.#ofAfter[after] !== undefined) return;
    this.#ofBefore[before] = after;
    this.#ofAfter[after] = before;
  }

  partnerOfBefore(id: number): number | undefined {
    return this.#ofBefore[id];
  }

  partnerOfAfter(id: number): number | undefined {
    return this.#ofAfter[id];
  }

  /** The same matching seen from the other plan. */
  reversed(): Pick<Matching, 'partnerOfBefore' | 'partnerOfAfter'> {
    return {
      partnerOfBefore: id => this.#ofAfter[id],
      partnerOfAfter: id => this.#ofBefore[id],
    };
  }
}
