/** Small phrases and pictures that several panes share. */
import type { Line, Span } from './cell.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** The spinner's picture at a time, epoch ms. */
export function spinner(now: number): string {
  return SPINNER[Math.floor(now / 250) % SPINNER.length] ?? '⠋';
}

/** Elapsed seconds of something that runs: `3.1 s`; one decimal, so that it is seen to move. */
export function elapsed(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}

/** A bar of `width` cells; anything above 0 shows at least one filled cell, anything below 1 one empty one. */
export function bar(fraction: number, width: number, filled: Omit<Span, 'text'> = {}): Line {
  const clamped = Math.min(1, Math.max(0, fraction));
  let full = Math.round(clamped * width);
  if (clamped > 0) full = Math.max(1, full);
  if (clamped < 1) full = Math.min(width - 1, full);
  return [
    { text: '█'.repeat(full), ...filled },
    { text: '░'.repeat(width - full), dim: true },
  ];
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
