/** How far the planning at production size is, in a line: never a word of anything that was run. */
import { progressText } from '../../advisor/advice/progressText.ts';
import { sanitize } from '../../base/format.ts';
import type { Span } from '../cell.ts';
import { cannotLookAhead } from '../state/ahead.ts';
import type { State } from '../state/types.ts';
import { spinner } from '../words.ts';

/** The first line of its page. */
export function aheadSpan(state: State): Span {
  const { ahead } = state;
  const cannot = cannotLookAhead(state);
  if (cannot !== undefined) return { text: 'Nothing is known of production.', color: 'magenta' };
  if (ahead === undefined) return { text: 'r asks for production’s plans', bold: true };
  const before = ahead.advice === undefined ? '' : ' Below is of before.';
  switch (ahead.state) {
    case 'waiting':
    case 'planning':
      return { text: `${spinner(state.now)} ${aheadWords(state)}${before}`, color: 'cyan' };
    case 'failed':
      return {
        text: `The lens could not be made; r tries again.${before === '' ? '' : `${before} ${sanitize(ahead.why ?? '')}`}`,
        color: 'magenta',
      };
    case 'gone':
      return {
        text: `Out of date: ${ahead.why ?? ''}; r begins again.${before}`,
        color: 'magenta',
        bold: true,
      };
    case 'ended': {
      const { asked, inferred, cells } = ahead.advice?.effort ?? { asked: 0, inferred: 0, cells: 0 };
      return {
        text: `Planned in a lens, never run: ${asked} of ${cells} plans asked for, ${inferred} inferred.`,
      };
    }
  }
}

/** In full, where nothing is known and nothing is done. */
export function whyNothing(state: State): string | undefined {
  const why = cannotLookAhead(state) ?? (state.ahead?.state === 'failed' ? state.ahead.why : undefined);
  return why === undefined ? undefined : sanitize(why);
}

/** What is done for it now; empty where nothing is. */
export function aheadWords({ ahead, production }: State): string {
  if (ahead?.state === 'waiting') return `the lens: ${sanitize(production?.words ?? '')} …`;
  if (ahead?.state !== 'planning') return '';
  const { progress } = ahead;
  if (progress?.phase === 'done') return 'weighing the plans …';
  // In a lens everything is there from the start.
  return progress === undefined || progress.phase === 'building'
    ? 'beginning …'
    : sanitize(progressText(progress));
}
