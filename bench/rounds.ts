/** Rounds: every side once in each, in turns, so that a machine that gets busier gets busier for all of them. */

/** Measures something once; gives its figures (ms) by name. Rounds count from 0, the warm-up's first. */
type Side<Name extends string> = (round: number) => Promise<Partial<Record<Name, number>>>;

/** One round's figures, ms. */
export type Round<Name extends string> = Readonly<Partial<Record<Name, number>>>;

/**
 * Runs the sides one after another, `warmUp` + `count` times; the warm-up's figures are thrown away. Every round begins
 * with another side (A B, B A, …): none is always the one that comes after.
 */
export async function inTurns<Name extends string>(
  sides: readonly Side<Name>[],
  { count, warmUp }: { readonly count: number; readonly warmUp: number },
): Promise<Round<Name>[]> {
  const rounds: Round<Name>[] = [];
  for (let round = 0; round < warmUp + count; round++) {
    const parts: Round<Name>[] = [];
    for (const turn of sides.keys()) {
      const side = sides[(round + turn) % sides.length];
      if (side !== undefined) parts.push(await side(round));
    }
    if (round >= warmUp) rounds.push(Object.assign({}, ...parts) as Round<Name>);
  }
  return rounds;
}

/** One name's figures of all rounds, in order. @throws RangeError when a round lacks it. */
export function figuresOf<Name extends string>(rounds: readonly Round<Name>[], name: Name): number[] {
  return rounds.map(round => {
    const figure = round[name];
    if (figure === undefined) throw new RangeError(`a round has no ${name}`);
    return figure;
  });
}

/** How long a task takes, ms. */
export async function timed(task: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await task();
  return performance.now() - startedAt;
}
