/** Small phrases of findings. */

/** `12×`, `1,200×`: cut, not rounded up. */
export function times(factor: number): string {
  return `${Math.floor(factor)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')}×`;
}
