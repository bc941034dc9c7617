/** The real bytes of all added objects against the budget. */
import { formatBytes, formatThousands, round } from '../../base/format.ts';
import type { Side } from './known.ts';
import { besideLimit, type Evidence, type Verdict, verdict } from './result.ts';

export function storage({ proposals, freedBytes }: Side, budgetBytes: number): Verdict {
  const budget = round(formatBytes(budgetBytes));
  const freed: readonly Evidence[] =
    freedBytes === 0
      ? []
      : [
          {
            text: `${formatBytes(freedBytes)} of existing indexes are switched off: freed, but not taken off the sum`,
            bytes: freedBytes,
          },
        ];
  if (proposals.length === 0)
    return verdict('not applicable', '', 'nothing is added: nothing was tested', freed);
  const objects = proposals.flatMap(({ objects = [] }) => objects);
  const unbuilt = proposals.filter(built => built.objects === undefined);
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  const figure = besideLimit(bytes, budgetBytes, formatBytes, exact => `${formatThousands(exact)} B`);
  const evidence: readonly Evidence[] = [
    ...objects.map(({ kind, name, table, bytes: own, atLeast }) => ({
      text: `${kind} ${name}${kind === 'materialized view' ? '' : ` on ${table}`}: ${atLeast === true ? 'at least ' : ''}${formatBytes(own)}`,
      bytes: own,
    })),
    ...unbuilt.map(({ proposal }) => ({ text: `${proposal.id}: not built, its size is not known` })),
    ...freed,
    { text: `budget: under ${budget}`, bytes: budgetBytes },
  ];
  const unknown = [
    ...unbuilt.map(({ proposal }) => `${proposal.id} not built`),
    ...objects.filter(({ atLeast }) => atLeast).map(({ name }) => `not all parts of ${name} could be seen`),
  ];
  const lower = unknown.length === 0 ? '' : 'at least ';
  if (bytes >= budgetBytes)
    return verdict('fail', figure, `${lower}${figure}, where less than ${budget} are allowed`, evidence);
  return unknown.length === 0
    ? verdict('pass', figure, `${figure} of ${budget}, ${formatThousands(objects.length)} objects`, evidence)
    : verdict('not measured', `≥ ${figure}`, `at least ${figure}: ${unknown.join(', ')}`, evidence);
}
