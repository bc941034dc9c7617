/** How one quantity follows another from size to size: a power, as a straight line between the logarithms. Pure. */

export interface Sample {
  readonly x: number;
  readonly y: number;
}

/** Sizes closer than this (a tenth) say nothing of a trend. */
const LEAST_SPREAD = 0.1;

/** Exponent of the best power of x; undefined where the samples are too close together. @param samples All above 0. */
export function exponentOf(samples: readonly Sample[]): number | undefined {
  const points = samples.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const xs = points.map(({ x }) => x);
  if (points.length < 2 || Math.max(...xs) - Math.min(...xs) < LEAST_SPREAD) return undefined;
  const mean = (values: readonly number[]) => values.reduce((all, one) => all + one, 0) / values.length;
  const middle = { x: mean(xs), y: mean(points.map(({ y }) => y)) };
  const across = points.reduce((all, { x }) => all + (x - middle.x) ** 2, 0);
  const along = points.reduce((all, { x, y }) => all + (x - middle.x) * (y - middle.y), 0);
  return along / across;
}

/**
 * y = fixed + each · x with neither below 0, closest in proportion to each y: what a node takes whatever it does (starting
 * workers), and what each row takes.
 */
export function lineThrough(samples: readonly Sample[]): { readonly fixed: number; readonly each: number } {
  // Weighted by 1 / y²: a tenth off is a tenth off at any size.
  let s1 = 0;
  let sx = 0;
  let sy = 0;
  let sxx = 0;
  let sxy = 0;
  for (const { x, y } of samples) {
    const weight = 1 / Math.max(y, 1e-6) ** 2;
    s1 += weight;
    sx += weight * x;
    sy += weight * y;
    sxx += weight * x * x;
    sxy += weight * x * y;
  }
  const determinant = s1 * sxx - sx * sx;
  if (samples.length > 1 && determinant > 1e-12 * s1 * sxx) {
    const fixed = (sy * sxx - sx * sxy) / determinant;
    const each = (s1 * sxy - sx * sy) / determinant;
    if (fixed >= 0 && each >= 0) return { fixed, each };
    if (each < 0) return { fixed: sy / s1, each: 0 };
  }
  return { fixed: 0, each: sxx === 0 ? 0 : sxy / sxx };
}
