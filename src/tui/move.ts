/** Where a cursor goes in a list, or an overlay's first line. */
import type { CommandId } from './keymap.ts';

export type Move = Extract<CommandId, 'up' | 'down' | 'page-up' | 'page-down' | 'top' | 'bottom'>;

/** Where a cursor goes; `page` is how many lines are in view. */
export function target(move: Move, at: number, count: number, page: number): number {
  const half = Math.max(1, Math.floor(page / 2));
  const steps: Readonly<Record<Move, number>> = {
    up: at - 1,
    down: at + 1,
    'page-up': at - half,
    'page-down': at + half,
    top: 0,
    bottom: count - 1,
  };
  return Math.max(0, Math.min(steps[move], count - 1));
}

const MOVES: ReadonlySet<CommandId> = new Set<Move>(['up', 'down', 'page-up', 'page-down', 'top', 'bottom']);

export function isMove(command: CommandId): command is Move {
  return MOVES.has(command);
}
