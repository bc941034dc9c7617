/** Evidence for a verdict: nodes of plans, sizes of objects, runs, limits; before and after. */
import type { Verdict } from '../../advisor/requirements/result.ts';
import { sanitize } from '../../base/format.ts';
import { type Line, wrap } from '../cell.ts';
import { boardOf, rowsOf } from '../model/requirements.ts';
import type { State } from '../state/state.ts';
import { verdictSpan } from './requirements.ts';

export function evidenceLines(state: State, width: number): Line[] {
  const one = rowsOf(boardOf(state))[state.overlay?.row ?? 0];
  if (one === undefined) return [];
  const { before, after, there } = one;
  return [
    ...(before === undefined ? [] : [...sideLines('before', before, width), []]),
    ...(after === undefined ? [] : sideLines(before === undefined ? '' : 'after', after, width)),
    ...(there === undefined ? [] : [[], ...sideLines('in production', there, width)]),
  ];
}

export function evidenceTitle(state: State): string {
  const one = rowsOf(boardOf(state))[state.overlay?.row ?? 0];
  return sanitize(`${one?.id ?? ''} ${one?.title ?? ''}`.trim());
}

function sideLines(side: string, verdict: Verdict, width: number): Line[] {
  const span = verdictSpan(verdict, true);
  const head = side === '' ? span.text : `${side}  ${span.text}`;
  return [
    ...wrap(head, width).map((text): Line => [{ ...span, text, bold: true }]),
    ...verdict.evidence.flatMap(({ text }) => {
      const indent = `  ${/^ */.exec(text)?.[0] ?? ''}`;
      return wrap(sanitize(text.trim()), width - indent.length - 2).map(
        (part, index): Line => [{ text: `${indent}${index === 0 ? '' : '  '}${part}` }],
      );
    }),
  ];
}
