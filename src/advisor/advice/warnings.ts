/** What a reader must know before trusting the advice. */
import { sanitize } from '../../base/format.ts';
import type { Advice } from './advice.ts';

export function warningsOf(advice: Advice): string[] {
  const { leftOut, neverRun, queries, budgetSpent, answers, projected } = advice;
  const different = answers.filter(({ verdict }) => verdict === 'different');
  const uncompared = answers
    .filter(({ verdict }) => verdict === 'not compared')
    .map(({ rewrite }) => rewrite);
  const title = (id: string) => queries.find(query => query.id === id)?.title ?? id;
  return [
    ...(budgetSpent
      ? [
          projected
            ? 'The time for rehearsing was spent before every plan had its turn: some configurations are not known.'
            : 'The time for measuring was spent before every difference was clear: what was not measured is listed below.',
        ]
      : []),
    ...(neverRun.length === 0
      ? []
      : [
          sanitize(
            `This advice leaves out statements that write and are not run: ${neverRun.join(', ')}. --write-cost runs those that leave nothing and rolls them back. Their plans are in check and in the explorer: look there before you leave or drop an index.`,
          ),
        ]),
    ...leftOut.map(({ id, reason }) => sanitize(`${id} was left out: ${reason}`)),
    ...queries.flatMap(({ title, failure }) =>
      failure === null ? [] : [sanitize(`${title} was left out: ${failure}`)],
    ),
    ...different.map(({ rewrite: key }) => {
      // The key is `query@rewrite`, and the query's id may contain an @, too.
      const at = key.lastIndexOf('@');
      return sanitize(
        `NOT THE SAME ANSWER: the rewrite ${key.slice(at)} of ${title(key.slice(0, at))} returns other rows than the query. No configuration that reads it is a choice.`,
      );
    }),
    ...uncompared.map(key => {
      const at = key.lastIndexOf('@');
      return sanitize(
        `The rewrite ${key.slice(at)} of ${title(key.slice(0, at))} was not compared with its query. No configuration that reads it is recommended.`,
      );
    }),
  ];
}
