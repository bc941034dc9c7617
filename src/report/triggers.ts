/** Work of writing statements outside their plans: foreign-key checks, before and after. */
import { formatCalls, formatMs, sanitize } from '../base/format.ts';
import { NOT_ASKED } from '../workload/workload.ts';
import { columns } from './columns.ts';
import type { CheckDocument } from './document.ts';

type CheckQuery = CheckDocument['queries'][number];
type Trigger = CheckQuery['before']['triggers'][number];

interface TriggerRow {
  readonly name: string;
  readonly relation: string | null;
  readonly before: Trigger | undefined;
  readonly after: Trigger | undefined;
}

function triggersOf({ before, after }: CheckQuery): readonly TriggerRow[] {
  const keyOf = ({ name, relation }: Trigger) => `${relation ?? ''}.${name}`;
  const keys = [...new Set([...before.triggers, ...after.triggers].map(keyOf))];
  return keys.flatMap(key => {
    const [one, other] = [before, after].map(({ triggers }) => triggers.find(each => keyOf(each) === key));
    const { name, relation } = one ?? other ?? {};
    return name === undefined ? [] : [{ name, relation: relation ?? null, before: one, after: other }];
  });
}

/** `3.21 s in 1,000 calls`, from the run that timed each node. */
function timeOf(trigger: Trigger | undefined): string {
  if (trigger === undefined) return '';
  const { ms, calls } = trigger;
  const called = formatCalls(calls);
  return ms === null ? called : `${formatMs(ms)} in ${called}`;
}

/** The queries that `--write-cost` ran. */
export function triggerSections({ queries }: CheckDocument, nameOf: (query: CheckQuery) => string): string[] {
  const rows = queries.flatMap(query =>
    triggersOf(query).map(({ name, relation, before, after }) => [
      nameOf(query),
      sanitize(name),
      sanitize(relation ?? ''),
      timeOf(before),
      timeOf(after),
    ]),
  );
  const undone = queries.filter(({ rolledBack }) => rolledBack);
  return [
    ...(rows.length === 0
      ? []
      : [columns(['query', 'checked beside its plan', 'on', 'before', 'after'], rows, new Set([3, 4]))]),
    ...(undone.length === 0
      ? []
      : [
          sanitize(
            `Each run of ${undone.length === 1 ? 'query' : 'queries'} ${undone.map(nameOf).join(', ')} was rolled back; row versions that it made stay until the next VACUUM.`,
          ),
        ]),
  ];
}

/** As sentences without a full stop. */
export const triggerTexts = (query: CheckQuery): readonly string[] =>
  triggersOf(query).map(
    ({ name, before, after }) =>
      `Checked beside its plan: ${name}, ${timeOf(before) || 'nothing'} before, ${timeOf(after) || 'nothing'} after`,
  );

/** Statements that `--write-cost` did not run, and why. */
export const neverRunLines = ({ queries }: CheckDocument, nameOf: (query: CheckQuery) => string): string[] =>
  queries.flatMap(query =>
    query.neverRun === null || query.neverRun === NOT_ASKED
      ? []
      : [sanitize(`query ${nameOf(query)} is never run: ${query.neverRun}`)],
  );
