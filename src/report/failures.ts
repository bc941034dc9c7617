/** The reasons for exit code 1, one line each; not sanitized. */
import { formatRecall } from '../base/format.ts';
import { factsOf } from '../workload/proposalKinds.ts';
import type { CheckDocument, CheckProposal, CheckQuery } from './document.ts';

/** Existing indexes are checked whether they are off or not. */
const isTried = (proposal: CheckProposal) => proposal.on || factsOf(proposal).standsForExisting;

/** @param excused Ids of requirements that failed in the baseline, too. */
export function failuresOf(
  { proposals, queries, requirements, invariants }: CheckDocument,
  excused: readonly string[] = [],
): readonly string[] {
  return [
    ...proposals
      .filter(one => isTried(one) && one.state !== 'built')
      .map(({ id, state, reason }) => `proposal ${id}: ${state}${reason === null ? '' : `: ${reason}`}`),
    ...proposals
      .filter(one => isTried(one) && one.unusable !== null)
      .map(({ id, unusable }) => `proposal ${id}: its effect is unknown: ${unusable}`),
    ...queries.flatMap(query => [
      ...failed(query).map(failure => `${query.title}: ${failure}`),
      ...query.answers
        .filter(({ verdict }) => verdict === 'different')
        .map(({ rewrite, recall }) =>
          recall === undefined
            ? `${query.title}: rewrite @${rewrite} returns something else`
            : `${query.title}: recall ${formatRecall(recall)}: @${rewrite} does not return all rows`,
        ),
      ...query.answers
        .filter(({ verdict, rewrite }) => verdict === 'not compared' && rewrite === query.after.rewrite)
        .map(
          ({ rewrite, explanation }) =>
            `${query.title}: the answer of rewrite @${rewrite} was not compared: ${explanation}`,
        ),
    ]),
    ...requirements
      .filter(({ id, after }) => after.state === 'fail' && !excused.includes(id))
      .map(({ id, title, after }) => `${id}, ${title}: ${after.text}`),
    ...invariants
      .filter(({ verdict }) => verdict.state === 'fail')
      .map(({ title, verdict }) => `${title}: ${verdict.text}`),
  ];
}

/** Lists a failure of both sides once. */
const failed = ({ before, after }: CheckQuery): readonly string[] => [
  ...new Set([before.failure, after.failure].filter(failure => failure !== null)),
];
