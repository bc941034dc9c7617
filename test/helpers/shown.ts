/** What tests look for on the explorer's screen. The words are those of the code that shows them. */
import { SHOWN } from '../../src/tui/words.ts';

export { countOn, HOW_GOT, measuringQuery, planName, SHOWN } from '../../src/tui/words.ts';

export const IDLE = SHOWN.idle + SHOWN.allMeasured;

type Part = string | RegExp;

const sourceOf = (part: Part): string =>
  typeof part === 'string' ? part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') : part.source;

/** The parts in this order, anywhere on the screen. */
export const inOrder = (...parts: readonly Part[]): RegExp =>
  new RegExp(parts.map(sourceOf).join('[\\s\\S]*'));

/** The parts in this order, in one line. */
export const inLine = (...parts: readonly Part[]): RegExp => new RegExp(parts.map(sourceOf).join('.*'));
