/** Small phrases and pictures that several panes share. */
import type { Line, Span } from './cell.ts';
import type { Figure } from './model/figure.ts';
import type { Side } from './state/state.ts';

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

/** Wordings that tests look for, too: each stands here once. */
export const SHOWN = {
  safe: 'nothing is committed',
  atProduction: 'at production size',
  idle: 'idle: ',
  allMeasured: 'everything is planned and measured',
  allPlanned: 'everything is planned; in a lens nothing is run',
  notBuildable: 'what is hypothetical cannot be run; all else is planned and measured',
  surveyHere: 'survey of the database here',
  nothingOn: 'Nothing is switched on',
  samePlan: 'same plan',
  estimatedOnly: 'estimated only',
  cancelled: 'cancelled',
  overBudget: '✗ over budget',
  switchedOff: 'switched off',
  unused: 'unused',
  reconnects: 'reconnects',
} as const;

/** How a figure was got. */
export const HOW_GOT = {
  measured: 'measured',
  reused: 'reused',
  'timed out': 'timed out',
  running: 'running',
  estimated: 'estimated',
  hypothetical: 'hypothetical',
  planned: 'planned',
  failed: 'failed',
  unknown: 'unknown',
  planning: 'planning',
} as const satisfies Readonly<Record<Figure['how'], string>>;

export const planName = (side: Side | 'both', query: number | string): string =>
  `${{ before: 'Before', after: 'After', both: 'Before → after' }[side]} · Q${query}`;
export const measuringQuery = (number: number): string => `measuring Q${number}`;
export const countOn = (count: number, all: number): string => `${count} of ${all} on`;
