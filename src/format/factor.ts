/** How many times faster or slower, without flattering. */

export interface Factor {
  /** `58×`, `5.8×`, `1.3×`, `1.07×`; `1×` for the same. Never less than 1: the direction says which way. */
  readonly text: string;
  readonly direction: 'faster' | 'slower' | 'same';
}

/** Below this the difference is within what two runs of one plan differ by. */
const SAME_WITHIN = 1.05;

/**
 * Digits are cut, not rounded up: 27.9× reads `27×`, so that a claim of 28× stays a claim.
 * @param factor Before / after: above 1 is faster. What is not positive and finite is `–`, the same.
 */
export function formatFactor(factor: number): Factor;
/** From two times in ms; undefined unless both are positive and finite: there is no honest factor from nothing. */
export function formatFactor(before: number, after: number): Factor | undefined;
export function formatFactor(before: number, after?: number): Factor | undefined {
  const ratio = after === undefined ? before : before / after;
  const isKnown = before > 0 && ratio > 0 && Number.isFinite(before) && Number.isFinite(ratio);
  if (!isKnown) return after === undefined ? { text: '–', direction: 'same' } : undefined;
  const factor = Math.max(ratio, 1 / ratio);
  if (factor < SAME_WITHIN) return { text: '1×', direction: 'same' };
  return { text: `${digits(factor)}×`, direction: ratio > 1 ? 'faster' : 'slower' };
}

/** `58× faster`, of a change that was judged elsewhere; the word alone where the two times beside it show no such factor. */
export function changeText(kind: 'faster' | 'slower', beforeMs: number, afterMs: number): string {
  const factor = formatFactor(beforeMs, afterMs);
  return factor?.direction === kind ? `${factor.text} ${kind}` : kind;
}

function digits(factor: number): string {
  // A tenth would read 1.0× here, which says "the same" and "faster" at once.
  if (factor < 1.1) return (Math.floor(factor * 100 + 1e-9) / 100).toFixed(2);
  if (factor < 10) return (Math.floor(factor * 10 + 1e-9) / 10).toFixed(1);
  const whole = Math.floor(factor + 1e-9);
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',');
}
