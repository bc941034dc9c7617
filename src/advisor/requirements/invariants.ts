/**
 * What must not change: results, schema, extensions, and that nothing is committed. The session looks these up in the
 * database (session/verify.ts); its intentions prove nothing.
 */
import { formatThousands, plural } from '../../base/format.ts';
import type { AnswerCheck } from '../../session/events.ts';
import { lastingChanges, type Verified } from '../../session/verify.ts';
import type { Query } from '../../workload/workload.ts';
import { type Known, queryName } from './known.ts';
import {
  type Evidence,
  type Invariant,
  notMeasured,
  type Verdict,
  type VerdictState,
  verdict,
  worstState,
} from './result.ts';

interface Compared {
  readonly query: Query;
  readonly name: string;
  readonly answer: AnswerCheck | undefined;
}

/**
 * Rewrites were compared row by row. A query's own text is not run again: an index is another way to the same rows, unless
 * it is corrupt or built on a function that is falsely IMMUTABLE, and an unread materialized view changes nothing.
 */
function sameResults({ workload, on, after, answer }: Known): Verdict {
  const compared = workload.queries.flatMap(query =>
    query.rewrites
      .filter(({ needs }) => needs.every(id => on.includes(id)))
      .map(
        ({ id }): Compared => ({
          query,
          name: `${queryName({ query }, workload)} @${id}`,
          answer: answer(query.id, id),
        }),
      ),
  );
  // With an approximate index the query's own text may return other rows, like a rewrite.
  for (const { query, rewrite } of after.queries)
    if (rewrite !== undefined && !query.rewrites.some(({ id }) => id === rewrite))
      compared.push({
        query,
        name: `${queryName({ query }, workload)} @${rewrite}`,
        answer: answer(query.id, rewrite),
      });
  const rewritten = new Set(compared.map(({ query }) => query.id));
  const others = workload.queries.filter(({ id }) => !rewritten.has(id));
  const unchanged: readonly Evidence[] =
    others.length === 0
      ? []
      : [
          {
            text: `${[...new Set(others.map(query => `Q${query.number}`))].join(', ')}: the query’s own text, so nothing to compare; that an index returns the same rows was not checked`,
          },
        ];
  const evidence = [
    ...compared.map(({ query, name, answer: found }) => ({
      queryId: query.id,
      text:
        found === undefined ? `${name}: not compared yet` : `${name}: ${found.verdict}: ${found.explanation}`,
    })),
    ...unchanged,
  ];
  if (compared.length === 0)
    return verdict('not applicable', '', 'every query runs its own text: nothing to compare', evidence);
  const state = worstState(compared.map(({ answer: found }) => stateOf(found)));
  const deciding = compared.filter(({ answer: found }) => stateOf(found) === state);
  const names = deciding.map(({ name }) => name).join(', ');
  const text =
    state === 'pass'
      ? `${names}: compared row by row in the database`
      : state === 'fail'
        ? `${names} returns other rows: ${deciding[0]?.answer?.explanation ?? ''}`
        : `${names}: ${deciding[0]?.answer?.explanation ?? 'not compared yet'}`;
  return verdict(state, '', text, evidence);
}

function stateOf(answer: AnswerCheck | undefined): VerdictState {
  switch (answer?.verdict) {
    case 'same':
    case 'same but for ties':
      return 'pass';
    case 'different':
      return 'fail';
    default:
      return 'not measured';
  }
}

export function invariantsOf(known: Known): readonly Invariant[] {
  const judge = (of: (known: Known) => Verdict) => (known.inLens ? IN_LENS : of(known));
  return [
    { id: 'same-results', title: 'Same results before and after', verdict: judge(sameResults) },
    { id: 'schema', title: 'No schema change', verdict: judge(schema) },
    { id: 'extensions', title: 'No extension', verdict: judge(extensions) },
    { id: 'nothing-committed', title: 'Nothing committed', verdict: judge(nothingCommitted) },
  ];
}

const IN_LENS = verdict('not applicable', '', 'a lens holds no rows, and its database was not touched');

const NOT_LOOKED = 'not looked up yet';

function schema({ verified }: Known): Verdict {
  if (verified === undefined) return notMeasured(NOT_LOOKED);
  const { opening, now } = verified;
  if (now === undefined) return notMeasured('the server did not report it');
  const count = (state: typeof opening) =>
    `${formatThousands(state.columns)} columns and ${formatThousands(state.constraints)} constraints`;
  const evidence = [
    { text: `when the transaction began: ${count(opening)}, digest ${opening.digest}` },
    { text: `now, in the transaction: ${count(now)}, digest ${now.digest}` },
    {
      text: 'by construction: the session sends only CREATE INDEX, MATERIALIZED VIEW, STATISTICS and ANALYZE',
    },
  ];
  return opening.digest === now.digest
    ? verdict('pass', '', `the same ${count(now)} as before`, evidence)
    : verdict('fail', '', 'columns or constraints have changed', evidence);
}

function extensions({ verified }: Known): Verdict {
  if (verified === undefined) return notMeasured(NOT_LOOKED);
  const { opening, now } = verified;
  if (now === undefined) return notMeasured('the server did not report it');
  const came = now.extensions.filter(name => !opening.extensions.includes(name));
  const list = opening.extensions.join(', ');
  const evidence = [
    { text: `when the transaction began: ${list === '' ? 'none' : list}` },
    { text: `now, in the transaction: ${now.extensions.length === 0 ? 'none' : now.extensions.join(', ')}` },
  ];
  return came.length === 0
    ? verdict('pass', '', list === '' ? 'none was added' : `none was added (installed: ${list})`, evidence)
    : verdict('fail', '', `${came.join(', ')} was added`, evidence);
}

function nothingCommitted({ verified }: Known): Verdict {
  if (verified === undefined) return notMeasured(NOT_LOOKED);
  const { outside, made } = verified;
  if (outside === undefined) return notMeasured('the other connection did not report it');
  const { visible, transaction } = outside;
  const evidence = [
    {
      text:
        transaction === 'none'
          ? 'the transaction has no id: it has written nothing'
          : `pg_xact_status() of the transaction: ${transaction}`,
    },
    {
      text: `another connection sees ${formatThousands(visible)} of the ${formatThousands(made)} relations and statistics created here`,
    },
  ];
  if (visible > 0 || transaction === 'committed')
    return verdict(
      'fail',
      '',
      `others see ${formatThousands(visible)} of ${formatThousands(made)} objects created here`,
      evidence,
    );
  const [kind, besides] = lasting(verified);
  evidence.push({ text: besides });
  if (kind === 'fail') return verdict('fail', '', besides, evidence);
  if (transaction !== 'none' && transaction !== 'in progress' && transaction !== 'aborted')
    return notMeasured('the server no longer knows the transaction', evidence);
  const written =
    transaction === 'none'
      ? 'nothing has been written'
      : `${transaction === 'aborted' ? 'rolled back' : `transaction ${transaction}`}; others see none of ${formatThousands(made)} objects`;
  return verdict(kind === 'pass' ? 'pass' : 'not measured', '', `${written}; ${besides}`, evidence);
}

/**
 * Changes that no rollback undoes. Other clients may have made them: they count against the session only if it ran
 * functions that were not analyzed.
 */
function lasting({
  lasting: found,
  unseen = [],
}: Verified): readonly ['pass' | 'not measured' | 'fail', string] {
  const { opening, now } = found ?? {};
  if (opening === undefined || now === undefined)
    return ['not measured', 'the server did not report sequences and replication slots'];
  const read = Object.keys(now.sequences).length;
  const unread = now.unread === 0 ? '' : ` (${plural(now.unread, 'sequence')} could not be read)`;
  const changes = lastingChanges(opening, now);
  if (changes.length === 0)
    return [
      'pass',
      `${plural(read, 'sequence')}, ${plural(now.slots.length, 'replication slot')}, statistics and settings as before${unread}`,
    ];
  const said = `${changes.slice(0, 3).join(', ')}${changes.length > 3 ? ` and ${formatThousands(changes.length - 3)} more` : ''}${unread}`;
  if (unseen.length === 0) return ['pass', `${said}: by other sessions, because nothing that ran here can`];
  const calls = unseen.map(name => `${name}()`).join(', ');
  const slot = changes.some(change => change.startsWith('replication slot'));
  return [slot ? 'fail' : 'not measured', `${said}: by other sessions, or by ${calls}, which ran here`];
}
