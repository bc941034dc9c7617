/** Results → requirements and invariants of the check document, and their text. */
import type { AtProduction } from '../advisor/projected.ts';
import { requirementsOf } from '../advisor/requirements/board.ts';
import { invariantsOf } from '../advisor/requirements/invariants.ts';
import { knownAtProduction, knownFrom } from '../advisor/requirements/known.ts';
import type { Verdict } from '../advisor/requirements/result.ts';
import { unusableAmong } from '../advisor/unknownEffect.ts';
import { sanitize } from '../base/format.ts';
import { answerKey, measurementKey } from '../session/events.ts';
import type { Workload } from '../workload/workload.ts';
import { columns } from './columns.ts';
import type { CheckDocument } from './document.ts';
import type { Results } from './results.ts';

type VerdictModel = ReturnType<typeof verdictModel>;

export function requirementsModel(
  workload: Workload,
  results: Results,
  on: readonly string[],
  production?: AtProduction,
) {
  const { opened, verified, answers, estimates, measurements, failures, proposals } = results;
  const known = knownFrom(workload, on, {
    tables: opened?.tables ?? [],
    serverVersion: opened?.serverVersion,
    verified,
    inLens: opened?.lens !== undefined,
    writing: opened?.writing,
    answer: (queryId, rewrite) => answers.get(answerKey(queryId, rewrite)),
    planned: (queryId, configuration) => estimates.get(configuration)?.get(queryId),
    measured: (queryId, fingerprint) => {
      const key = measurementKey(queryId, fingerprint);
      return { ...measurements.get(key), problem: failures.get(key) };
    },
    objects: id => proposals.get(id)?.built?.objects,
    unusable: unusableAmong(workload.proposals, id => proposals.get(id)?.built),
    hasFailed: id => proposals.get(id)?.state === 'failed',
  });
  return {
    requirements: requirementsOf(known, production && knownAtProduction(workload, on, production)).map(
      ({ id, title, before, after, atProductionSize }) => ({
        id,
        title,
        before: verdictModel(before),
        after: verdictModel(after),
        /** null: not projected. */
        atProductionSize: atProductionSize === undefined ? null : verdictModel(atProductionSize),
      }),
    ),
    invariants: invariantsOf(known).map(({ id, title, verdict }) => ({
      id,
      title,
      verdict: verdictModel(verdict),
    })),
  };
}

function verdictModel({ state, figure, text, evidence }: Verdict) {
  return {
    state,
    figure,
    text,
    evidence: evidence.map(({ text: line, queryId, node, bytes }) => ({
      text: line,
      queryId: queryId ?? null,
      node: node ?? null,
      bytes: bytes ?? null,
    })),
  };
}

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

/** All evidence of failures; the reason if a verdict was not tested or not measured. */
function reasons(judged: readonly { readonly name: string; readonly verdict: VerdictModel }[]): string[] {
  const lines = judged.flatMap(({ name, verdict: { state, text, evidence } }) => {
    if (state === 'pass') return [];
    const said = `${name} ${state === 'fail' ? 'FAILS' : `is ${state}`}: ${text}`;
    return [said, ...(state === 'fail' ? evidence.map(line => `  ${line.text}`) : [])];
  });
  return lines.length === 0 ? [] : [lines.map(line => sanitize(line)).join('\n')];
}
