/** Requirements and invariants in a check document → sections of text. Pure. */
import { harmless } from '../format/index.ts';
import { columns } from './columns.ts';
import type { CheckDocument } from './document.ts';
import type { VerdictModel } from './requirements.ts';

export function requirementSections({ requirements, invariants }: CheckDocument): string[] {
  return [
    `Requirements, with the rows here\n${columns(
      ['', 'requirement', 'before', 'after'],
      requirements.map(({ id, title, before, after }) => [id, title, cell(before), cell(after)]),
      new Set(),
    )}`,
    ...reasons(requirements.map(({ id, after }) => ({ name: id, verdict: after }))),
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

/** Of what fails all that it stands on; of what was not tested or not measured why. */
function reasons(judged: readonly { readonly name: string; readonly verdict: VerdictModel }[]): string[] {
  const lines = judged.flatMap(({ name, verdict: { state, text, evidence } }) => {
    if (state === 'pass') return [];
    const said = `${name} ${state === 'fail' ? 'FAILS' : `is ${state}`}: ${text}`;
    return [said, ...(state === 'fail' ? evidence.map(line => `  ${line.text}`) : [])];
  });
  return lines.length === 0 ? [] : [lines.map(line => harmless(line)).join('\n')];
}
