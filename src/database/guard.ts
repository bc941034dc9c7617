/**
 * The gate between our own statements and a database's search_path, where a role may plant a function or operator that
 * fits them better than PostgreSQL's. They run under OWN_PATH; only `asUser` text sees the session's path.
 */
import type { Answer, Link, Row } from './link.ts';

/** The text of a query or a proposal, or a name to look up as they would: it sees the user's search_path. */
export interface UserText {
  readonly asUser: string;
}
export type Sql = string | UserText;

/**
 * @param sql The user's text, or a statement of ours that resolves a name as the user's text does. The latter must be
 *   safe under any path: every function and type qualified, no operators.
 */
export const asUser = (sql: string): UserText => ({ asUser: sql });

export const textOf = (sql: Sql): string => (typeof sql === 'string' ? sql : sql.asUser);

/** The scope of user text beside the session's search_path: `enter` is sent before it, `leave` after it. */
export interface UserScope {
  readonly enter: readonly string[];
  readonly leave: readonly string[];
}

/** LOCAL, like all our settings: a pooler may give the connection to another client afterwards. */
const OWN_PATH = 'SET LOCAL search_path = pg_catalog, pg_temp';
/** Compiling a long query on the catalog takes seconds, and saves none. */
const NO_COMPILER = 'SET LOCAL jit = off';
const USER_PATH = 'SET LOCAL search_path TO DEFAULT';

/** The settings of the role, the database and the connection's options. */
export const PLAIN_SCOPE: UserScope = { enter: [USER_PATH], leave: [OWN_PATH] };

const BEGINS = /^BEGIN\b/i;
const ENDS = /^(ROLLBACK|COMMIT)\b/i;
const TO_SAVEPOINT = /^ROLLBACK TO\b/i;

/** The statements sent for one statement of a caller. */
interface Framed {
  readonly before: readonly string[];
  readonly text: string;
  readonly after: readonly string[];
}

const FAILED_BEFORE = '25P02';

export function guarded(link: Link): Link {
  let isOpen = false;
  let scope = PLAIN_SCOPE;
  /** The scope that the server is in; undefined: our own. */
  let entered: UserScope | undefined;

  const framed = (sql: Sql): Framed => {
    const text = textOf(sql);
    if (typeof sql === 'string' && (BEGINS.test(text) || ENDS.test(text))) {
      // Savepoints are made in our own scope: a rollback to one always restores it.
      entered = undefined;
      isOpen = BEGINS.test(text) || TO_SAVEPOINT.test(text);
      return { before: [], text, after: BEGINS.test(text) ? [OWN_PATH] : [] };
    }
    const wanted = typeof sql === 'string' ? undefined : scope;
    if (!isOpen)
      return {
        before: ['BEGIN', OWN_PATH, NO_COMPILER, ...(wanted?.enter ?? [])],
        text,
        after: ['ROLLBACK'],
      };
    if (wanted === entered) return { before: [], text, after: [] };
    const before = [...(entered?.leave ?? []), ...(wanted?.enter ?? [])];
    entered = wanted;
    return { before, text, after: [] };
  };

  /** An error of the gate's own statement answers the statement that it was sent for. */
  const answerOf = (before: readonly Answer[], answer: Answer): Answer => {
    if (!('error' in answer) || answer.error.code !== FAILED_BEFORE) return answer;
    return before.find(one => 'error' in one && one.error.code !== FAILED_BEFORE) ?? answer;
  };

  return {
    ...link,
    batch: async statements => {
      const frames = statements.map(framed);
      const answers = await link.batch(
        frames.flatMap(({ before, text, after }) => [...before, text, ...after]),
      );
      let at = 0;
      return frames.map(({ before, after }) => {
        const earlier = answers.slice(at, at + before.length);
        const answer = answers[at + before.length];
        at += before.length + 1 + after.length;
        return answer === undefined ? { rows: [] } : answerOf(earlier, answer);
      });
    },
    query: async (sql, values): Promise<readonly Row[]> => {
      const { before, text, after } = framed(sql);
      // All three are sent before the first answer arrives.
      const [earlier, answer] = await Promise.all([
        link.batch(before),
        link.query(text, values).then(
          (rows): Answer => ({ rows }),
          (error): Answer => ({ error }),
        ),
        link.batch(after),
      ]);
      const found = answerOf(earlier, answer);
      if ('error' in found) throw found.error;
      return found.rows;
    },
    get userScope() {
      return scope;
    },
    set userScope(next) {
      scope = next;
    },
  };
}
