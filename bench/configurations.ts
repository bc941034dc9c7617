/** Configurations in an order in which each differs from the one before by one switch (a Gray code), none twice. */

interface Step {
  /** Position of the proposal whose switch is flipped. */
  readonly flipped: number;
  /** Ids of the proposals that are on after it, in the workload's order. */
  readonly on: readonly string[];
}

/** All 2ⁿ − 1 configurations but the baseline, which is what the first step starts from. */
export function freshConfigurations(proposals: readonly { readonly id: string }[]): Step[] {
  return Array.from({ length: 2 ** proposals.length - 1 }, (_, before) => {
    const code = gray(before + 1);
    return {
      flipped: 31 - Math.clz32(code ^ gray(before)),
      on: proposals.filter((__, position) => ((code >> position) & 1) === 1).map(({ id }) => id),
    };
  });
}

const gray = (n: number): number => n ^ (n >> 1);

/** Round after round the next of a list, from the start again after the last. @throws RangeError when it is empty. */
export function at<T>(list: readonly T[], round: number): T {
  const item = list[round % list.length];
  if (item === undefined) throw new RangeError('nothing to take turns with');
  return item;
}
