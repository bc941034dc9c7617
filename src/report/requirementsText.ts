/** Requirements and invariants in a check document → sections of text. Pure. */
import { sanitize } from '../format/index.ts';
import { columns } from './columns.ts';
import type { CheckDocument } from './document.ts';
import type { VerdictModel } from './requirements.ts';

export function requirementSections({ requirements, invariants }: CheckDocument): string[] {
  const projected = requirements.some(({ atProductionSize }) => atProductionSize !== null);
  const there = (verdict: VerdictModel | null) => (projected ? [verdict === null ? '' : cell(verdict)] : []);
  return [
    `Requirements, with the rows here${projected ? ', and after at production size (projected)' : ''}\n${columns(
      ['', 'requirement', 'before', 'after', ...(projected ? ['at production size'] : [])],
      requirements.map(({ id, title, before, after, atProductionSize }) => [
        id,
        title,
        cell(before),
        cell(after),
        ...there(atProductionSize),
      ]),
      new Set(),
    )}`,
    ...reasons(requirements.map(({ id, after }) => ({ name: id, verdict: after }))),
    ...reasons(
      requirements.flatMap(({ id, atProductionSize: verdict }) =>
        verdict === null ? [] : [{ name: `${id} at production size`, verdict }],
      ),
    ),
    columns(
      ['invariant', '', 'why'],
      invariants.map(({ title, verdict: { state, text } }) => [title, word(state), text]),
      new Set(),
    ),
    ...reasons(invariants.map(({ title, verdict }) => ({ name: title, verdict }))),
  ];
}

const word = (state: VerdictModel['state']): string => (state === 'fail' ? 'FAIL' : state);

const cell = ({ state, figure }: VerdictModel): string =>
  `${word(state)}${figure === '' ? '' : ` ${figure}`}`;

/** For a failure all its evidence; for a verdict that was not tested or not measured the reason. */
function reasons(judged: readonly { readonly name: string; readonly verdict: VerdictModel }[]): string[] {
  const lines = judged.flatMap(({ name, verdict: { state, text, evidence } }) => {
    if (state === 'pass') return [];
    const said = `${name} ${state === 'fail' ? 'FAILS' : `is ${state}`}: ${text}`;
    return [said, ...(state === 'fail' ? evidence.map(line => `  ${line.text}`) : [])];
  });
  return lines.length === 0 ? [] : [lines.map(line => sanitize(line)).join('\n')];
}
