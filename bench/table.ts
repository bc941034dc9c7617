/** What was compared, as lines for a person. Pure. */
import { formatMs } from '../src/base/format.ts';
import { pairedRatios, type Summary, summarize } from './statistics.ts';

/** Two things measured side by side; figures in ms, one a round, in the same order. */
export interface Comparison {
  readonly title: string;
  readonly ours: { readonly name: string; readonly ms: readonly number[] };
  readonly against: { readonly name: string; readonly ms: readonly number[] };
  /** What else there is to say, a line each. */
  readonly notes?: readonly string[];
}

/** `1.9×` as long, or `1/310` as long: two digits, as much as the spread of such figures bears. */
export function ratioText(ratio: number): string {
  const shorter = digits(1 / ratio);
  return ratio >= 1 || shorter === '1.0' ? `${digits(ratio)}×` : `1/${shorter}`;
}

/** A comparison as three lines: the title with the ratio, then what it is made of. */
export function comparisonText({ title, ours, against, notes = [] }: Comparison): string {
  const ratio = summarize(pairedRatios(ours.ms, against.ms));
  const rounds = `${ours.ms.length} round${ours.ms.length === 1 ? '' : 's'}`;
  const width = Math.max(ours.name.length, against.name.length);
  return [
    `${title}: ${ratioText(ratio.median)} (${ratioText(ratio.lower)} to ${ratioText(ratio.upper)}), ${rounds}`,
    `    ${ours.name.padEnd(width)}  ${msText(summarize(ours.ms))}`,
    `  / ${against.name.padEnd(width)}  ${msText(summarize(against.ms))}`,
    ...notes.map(note => `    ${note}`),
  ].join('\n');
}

function msText({ median, lower, upper }: Summary): string {
  return `${formatMs(median)} (${formatMs(lower)} to ${formatMs(upper)})`;
}

function digits(value: number): string {
  if (value < 9.95) return value.toFixed(1);
  const magnitude = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return (Math.round(value / magnitude) * magnitude).toLocaleString('en-US');
}
