/** The frontier as a chart: bytes on the x axis, time on a logarithmic y axis. */
import { bytesText } from '../../advisor/advice/words.ts';
import { formatMs } from '../../base/format.ts';
import { type Html, html, NONE, when } from './html.ts';

export interface ChartPoint {
  readonly netBytes: number;
  readonly totalMs: number;
  readonly kind: 'beaten' | 'frontier' | 'kept';
  /** Empty: no label. */
  readonly label: string;
}

const [WIDTH, HEIGHT] = [440, 310];
const EDGE = { left: 68, right: 20, top: 16, bottom: 44 };
/** Approximate width of a letter at 12 pixels. */
const LETTER = 7.5;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Empty for fewer than two distinct points; skips times of 0. */
export function frontierChart(points: readonly ChartPoint[], title: string): Html {
  const shown = points.filter(({ totalMs }) => totalMs > 0);
  const [left, right] = rangeOf(shown.map(({ netBytes }) => netBytes));
  const [low, high] = rangeOf(shown.map(({ totalMs }) => totalMs));
  if (shown.length < 2 || (left === right && low === high)) return NONE;
  const scaled = (
    value: number,
    [from, to]: readonly [number, number],
    [start, end]: readonly [number, number],
  ) => Math.round(from === to ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start));
  const x = (bytes: number) => scaled(bytes, [left, right], [EDGE.left + 12, WIDTH - EDGE.right]);
  const y = (ms: number) =>
    scaled(Math.log(ms), [Math.log(low), Math.log(high)], [HEIGHT - EDGE.bottom - 12, EDGE.top]);
  const order = ['beaten', 'frontier', 'kept'];
  const places = [...shown].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  // Draw each place once: thousands of configurations may share a few hundred places.
  const drawn = new Map(places.map(point => [`${x(point.netBytes)},${y(point.totalMs)}`, point] as const));
  const front = [...drawn.values()].filter(({ kind }) => kind !== 'beaten');
  const taken: Box[] = front.map(point => boxAt(x(point.netBytes) - 5, y(point.totalMs) - 5, 10, 10));
  const labels = [...front].reverse().flatMap(({ netBytes, totalMs, label }) => {
    const box = label === '' ? undefined : spot(x(netBytes), y(totalMs), label.length * LETTER, taken);
    if (box === undefined) return [];
    taken.push(box);
    return html`<text x="${box.x}" y="${box.y + 11}">${label}</text>`;
  });
  const bottom = HEIGHT - EDGE.bottom;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><title>${title}</title>
${timeTicks(low, high).map(
  ms =>
    html`<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${y(ms)}" y2="${y(ms)}"/><text class="axis" x="${EDGE.left - 8}" y="${y(ms) + 4}" text-anchor="end">${formatMs(ms)}</text>`,
)}
${[left, (left + right) / 2, right].map(
  (bytes, at) =>
    html`<text class="axis" x="${x(bytes)}" y="${bottom + 16}" text-anchor="${['start', 'middle', 'end'][at] ?? 'middle'}">${bytesText(Math.round(bytes))}</text>`,
)}
<text class="axis" x="${WIDTH - EDGE.right}" y="${HEIGHT - 6}" text-anchor="end">bytes added less bytes freed →</text>
${[...drawn.values()].map(
  ({ netBytes, totalMs, kind }) =>
    html`<circle class="${kind === 'frontier' ? 'front' : kind}" cx="${x(netBytes)}" cy="${y(totalMs)}" r="${kind === 'beaten' ? 3 : 5}"/>`,
)}
${labels}
</svg>${when(
    labels.length < front.filter(({ label }) => label !== '').length,
    () => html`<p class="soft">Labels without room are in the table.</p>`,
  )}`;
}

// Math.min fails with thousands of arguments.
const rangeOf = (values: readonly number[]): readonly [number, number] => [
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
];

/** Both ends, and 1, 2 and 5 of each power of ten in between, but none so close to an end that labels overlap. */
function timeTicks(low: number, high: number): readonly number[] {
  const between: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const digit of high / low > 1000 ? [1] : [1, 2, 5]) between.push(digit * 10 ** power);
  const height = HEIGHT - EDGE.top - EDGE.bottom;
  const gap = (Math.log(high / low) * 22) / height;
  const isFree = (ms: number) => Math.log(ms / low) > gap && Math.log(high / ms) > gap;
  return low === high ? [low] : [low, ...between.filter(isFree), high];
}

const boxAt = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

/** Looks for free space beside, above or below the point. */
function spot(x: number, y: number, width: number, taken: readonly Box[]): Box | undefined {
  return [
    boxAt(x + 9, y - 7, width, 14),
    boxAt(x - 9 - width, y - 7, width, 14),
    boxAt(x - width / 2, y - 22, width, 14),
    boxAt(x - width / 2, y + 8, width, 14),
  ].find(
    box =>
      box.x >= EDGE.left &&
      box.x + width <= WIDTH &&
      box.y >= 0 &&
      box.y + box.height <= HEIGHT - EDGE.bottom + 6 &&
      !taken.some(other => meet(box, other)),
  );
}

const meet = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
