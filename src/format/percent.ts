/** A share as a person reads it. */

/** `83 %`: cut, not rounded up. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
