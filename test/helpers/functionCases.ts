/** Ways to a function that is refused, and to those that are not: the same on every major. */
import { expect } from 'vitest';
import { SCHEMAS_ON_PATH, schemasOf } from '../../src/database/functions.ts';
import type { Link } from '../../src/database/link.ts';
import { FunctionCheck } from '../../src/session/functions.ts';
import { ALLOWED, VOLATILE_BUILTINS } from '../../src/workload/functions.ts';
import { makeWorkload } from './workload.ts';

/** The statements of a database with all of them. */
export const WAYS: readonly string[] = [
  'CREATE TABLE stock (id int, kind text)',
  "CREATE VIEW dump AS SELECT query_to_xml('SELECT 1', true, true, '') AS x",
  'CREATE VIEW outer_dump AS SELECT count(*) AS n FROM dump',
  "CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1 || (SELECT pg_notify('c', $1))::text $$",
  'CREATE FUNCTION via(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT shout($1) $$',
  "CREATE FUNCTION as_xml(text, int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT table_to_xml('stock', true, true, '')::text $$",
  'CREATE OPERATOR @@@ (LEFTARG = text, RIGHTARG = int, FUNCTION = as_xml)',
  'CREATE DOMAIN loud AS text CHECK (shout(VALUE) IS NOT NULL)',
  'CREATE FUNCTION step(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT shout($2) $$',
  'CREATE AGGREGATE gather(text) (SFUNC = step, STYPE = text)',
  "CREATE FUNCTION defaulted(a int, b text DEFAULT set_config('x.y', '1', true)) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
  'CREATE FUNCTION stop(int) RETURNS void LANGUAGE internal IMMUTABLE AS $$pg_advisory_unlock_all$$',
  'CREATE TABLE guarded (id int)',
  'ALTER TABLE guarded ENABLE ROW LEVEL SECURITY',
  "CREATE POLICY loud ON guarded USING (shout('x') <> id::text)",
  "CREATE FUNCTION counted(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 + (SELECT count(*) FROM pg_catalog.ts_stat('SELECT 1'))::int $$",
  'CREATE TABLE indexed (id int)',
  'CREATE INDEX ON indexed (counted(id))',
  'CREATE SCHEMA hidden',
  'CREATE FUNCTION hidden.inner_one(int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT public.shout($1::text) $$',
  'CREATE FUNCTION elsewhere(int) RETURNS text LANGUAGE sql STABLE SET search_path = hidden, pg_temp AS $$ SELECT inner_one($1) $$',
  'CREATE TYPE pair AS (a int, b int)',
  'CREATE FUNCTION to_pair(text) RETURNS pair LANGUAGE sql STABLE AS $$ SELECT (length(shout($1)), 2)::pair $$',
  'CREATE CAST (text AS pair) WITH FUNCTION to_pair(text)',
  'CREATE FUNCTION label(stock) RETURNS text LANGUAGE sql STABLE AS $$ SELECT shout($1.kind) $$',
  "CREATE FUNCTION prints() RETURNS int LANGUAGE sql AS $$ COPY (SELECT 1) TO '/dev/null'; SELECT 1 $$",
  'CREATE TYPE louder AS RANGE (subtype = loud)',
  "CREATE TYPE shade AS ENUM ('light', 'dark')",
  'CREATE TABLE shaded (shade shade)',
  'CREATE FUNCTION shade_text(shade) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN enum_first($1); END $$',
  'CREATE CAST (shade AS text) WITH FUNCTION shade_text(shade)',
  'CREATE FUNCTION hidden.late(int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT public.shout($1::text) $$',
  'SET check_function_bodies = off',
  'CREATE FUNCTION unpathed(int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT late($1) $$',
  'RESET check_function_bodies',
  'CREATE FUNCTION pathed(int) RETURNS text LANGUAGE sql STABLE SET search_path = public, hidden AS $$ SELECT unpathed($1) $$',
  'CREATE FUNCTION order_of(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN btint4cmp($1, $2); END $$',
  `CREATE OPERATOR CLASS loud_ops FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
   FUNCTION 1 order_of(int, int)`,
  // Not refused.
  'CREATE FUNCTION doubled(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 * 2 $$',
  'CREATE FUNCTION written(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$',
  'CREATE FUNCTION wrapped(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT written($1) $$',
  'CREATE FUNCTION moves(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN $1; END $$',
  'CREATE FUNCTION of_kind(text) RETURNS SETOF stock LANGUAGE sql STABLE AS $$ SELECT * FROM stock WHERE kind = $1 $$',
  'CREATE FUNCTION how_many(text) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM stock WHERE kind = $1 $$',
  'CREATE VIEW counts AS SELECT id, how_many(kind) AS n FROM stock',
];

/** Query → the function that it reaches, and how. */
const REFUSED: Readonly<Record<string, string>> = {
  'SELECT * FROM outer_dump': 'reach query_to_xml() through outer_dump',
  "SELECT via('a')": 'reach pg_notify() through via',
  "SELECT 'a' @@@ 1": 'reach table_to_xml() through operator @@@',
  "SELECT 'a' OPERATOR(public.@@@) 1": 'reach table_to_xml() through operator @@@',
  "SELECT 'a'::loud": 'reach pg_notify() through loud',
  "SELECT loud('a')": 'reach pg_notify() through loud',
  "SELECT ARRAY['a']::public.loud[]": 'reach pg_notify() through loud',
  "SELECT * FROM json_to_record('{}') AS r (a loud)": 'reach pg_notify() through loud',
  'SELECT gather(kind) OVER () FROM stock': 'reach pg_notify() through gather',
  'SELECT defaulted(1)': 'reach set_config() through defaulted',
  'SELECT kind::pair FROM stock': 'reach pg_notify() through pair',
  'SELECT prints()': 'call public.prints(): it runs COPY',
  'SELECT stop(1)': 'reach pg_advisory_unlock_all() through stop',
  'SELECT id FROM guarded': 'reach pg_notify() through guarded',
  'WITH g AS (SELECT id FROM guarded) SELECT * FROM g': 'reach pg_notify() through guarded',
  'SELECT id FROM indexed WHERE id = 3': 'reach ts_stat() through indexed',
  'SELECT elsewhere(1)': 'reach pg_notify() through elsewhere',
  'SELECT stock.label FROM stock': 'reach pg_notify() through label',
  'SELECT (s).label FROM stock s': 'reach pg_notify() through label',
  'SELECT pathed(1)': 'reach pg_notify() through pathed',
  "SELECT '[a,b]'::louder": 'reach pg_notify() through louder',
  "SELECT * FROM ROWS FROM (generate_series(1, 2), via('a')) AS r (a, b)": 'reach pg_notify() through via',
  'SELECT U&"sh\\006fut"(\'a\')': 'reach pg_notify() through shout',
};

const ALLOWED_QUERIES: readonly string[] = [
  'SELECT doubled(1), wrapped(2), moves(3), now(), random(), lower(kind) FROM stock',
  'SELECT * FROM of_kind($$a$$)',
  'SELECT of_kind($$a$$)',
  'SELECT * FROM counts',
  'SELECT count(*) FROM pg_locks, pg_settings, pg_stat_activity, information_schema.columns',
  'SELECT pg_total_relation_size(oid) FROM pg_class',
  'SELECT written(id) FROM stock WHERE kind IN ($$a$$, $$b$$) AND id BETWEEN 1 AND 2',
];

/** Proposal → what is refused; undefined where nothing is. */
const PROPOSALS: Readonly<Record<string, string | undefined>> = {
  'CREATE INDEX ON stock (doubled(id))': undefined,
  'CREATE INDEX ON stock (lower(kind)) WHERE id > 3': undefined,
  'CREATE INDEX ON guarded (id)': undefined,
  'CREATE INDEX ON stock (id loud_ops)': 'reach public.order_of() through loud_ops',
  'CREATE INDEX ON stock (id public.loud_ops)': 'reach public.order_of() through loud_ops',
  'CREATE INDEX ON stock (kind text_pattern_ops)': undefined,
  'CREATE INDEX ON stock (written(id))': 'call public.written(): it is written in plpgsql',
  'CREATE INDEX ON stock (id) WHERE wrapped(id) > 1': 'reach public.written() through wrapped',
  'CREATE MATERIALIZED VIEW v AS SELECT moves(id) FROM stock': 'call public.moves(): it is VOLATILE',
  'CREATE MATERIALIZED VIEW v AS SELECT * FROM outer_dump': 'reach query_to_xml() through outer_dump',
  'CREATE MATERIALIZED VIEW v AS SELECT n FROM counts': undefined,
  'CREATE INDEX ON shaded (shade)': undefined,
  'CREATE INDEX ON shaded ((shade::text))': 'reach public.shade_text() through shaded',
  'CREATE MATERIALIZED VIEW v AS SELECT shade::text FROM shaded': 'reach public.shade_text() through shaded',
};

export async function expectAllJudged(link: Link): Promise<void> {
  const texts = [...Object.keys(REFUSED), ...ALLOWED_QUERIES];
  const ddl = Object.keys(PROPOSALS);
  const workload = await makeWorkload({
    queries: Object.fromEntries(texts.map((sql, at) => [`q${at}`, sql])),
    proposals: Object.fromEntries(ddl.map((sql, at) => [`p${at}`, sql])),
  });
  const check = await FunctionCheck.open(link, workload, schemasOf(await link.query(SCHEMAS_ON_PATH)));
  const said = (kind: 'query' | 'proposal', sql: string) => check.of({ kind, sql }).refusal?.message;
  for (const [sql, how] of Object.entries(REFUSED))
    expect(said('query', sql), sql).toContain(`a query may not ${how}`);
  for (const sql of ALLOWED_QUERIES) expect(said('query', sql), sql).toBeUndefined();
  for (const [sql, how] of Object.entries(PROPOSALS))
    if (how === undefined) expect(said('proposal', sql), sql).toBeUndefined();
    else expect(said('proposal', sql), sql).toContain(`a proposal may not ${how}`);
  const hidden = check.hiddenPlans(workload);
  const hiddenIn = (sql: string) => hidden.get(`q${texts.indexOf(sql)}`);
  expect(hiddenIn('SELECT * FROM of_kind($$a$$)')).toBeUndefined();
  expect(hiddenIn('SELECT of_kind($$a$$)')).toEqual(['of_kind']);
  expect(hiddenIn('SELECT * FROM counts')).toEqual(['how_many']);
  const own = 'SELECT doubled(1), wrapped(2), moves(3), now(), random(), lower(kind) FROM stock';
  expect(hiddenIn(own)?.toSorted()).toEqual(['moves', 'written']);
  expect(check.unbound(workload)).toContainEqual({ name: 'moves', queryIds: [`q${texts.indexOf(own)}`] });
}

/** Each of the server's own VOLATILE functions is in one of the two tables; operators and casts call none. */
export async function expectAllKnown(link: Link): Promise<void> {
  const rows = await link.query(
    `SELECT DISTINCT proname::text AS name FROM pg_proc p
     WHERE oid < 16384 AND provolatile = 'v' AND prorettype::regtype::text !~ '(trigger|handler|internal)$'
       AND NOT EXISTS (SELECT FROM pg_language WHERE p.oid IN (lanvalidator, laninline))`,
  );
  const unknown = rows
    .map(({ name }) => String(name))
    .filter(
      name => !ALLOWED.has(name) && !VOLATILE_BUILTINS.has(name) && !name.startsWith('binary_upgrade_'),
    );
  expect(unknown.filter(name => name !== 'ts_rewrite')).toEqual([]);
  const [{ count } = {}] = await link.query(
    `SELECT count(*)::int AS count FROM pg_proc p WHERE provolatile = 'v' AND (
       EXISTS (SELECT FROM pg_operator WHERE oprcode = p.oid) OR EXISTS (SELECT FROM pg_cast WHERE castfunc = p.oid))
       AND oid < 16384`,
  );
  expect(count).toBe(0);
}
