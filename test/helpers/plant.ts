/**
 * What a hostile role could leave in a schema of the search_path: a function, an aggregate or an operator for every name that
 * the program's SQL uses, each for exact types. PostgreSQL prefers them to its own polymorphic ones, and, where the path
 * names `public` before `pg_catalog`, to every other one too.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { literal } from '../../src/base/sql.ts';
import type { Link } from '../../src/database/link.ts';

const SOURCES = resolve(import.meta.dirname, '../../src');

/** Words of the sources that a parenthesis follows: among them each function that our SQL calls. */
async function wordsOfSources(): Promise<string[]> {
  const files = await readdir(SOURCES, { recursive: true });
  const texts = await Promise.all(
    files.filter(file => file.endsWith('.ts')).map(file => readFile(join(SOURCES, file), 'utf8')),
  );
  return [...new Set(texts.flatMap(text => text.match(/\b[a-z][a-z0-9_]*(?=\()/g) ?? []))];
}

const TYPES = [
  'bool "char" name int8 int2 int4 text oid tid xid json jsonb float4 float8 timestamptz interval numeric',
  'regclass regtype text[] oid[] int2[] int4[] name[] int2vector oidvector',
].flatMap(line => line.split(' '));

const OPERATORS = [
  '=',
  '<>',
  '<',
  '>',
  '<=',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '||',
  '~',
  '!~',
  '~~',
  '!~~',
  '@>',
  '<@',
];

/** Plants all of it in `public`. @returns How many functions and operators. @throws DatabaseError */
export async function plant(link: Link): Promise<{ readonly functions: number; readonly operators: number }> {
  const list = (texts: readonly string[]) => `ARRAY[${texts.map(literal).join(',')}]::text[]`;
  for (const statement of [
    // What is planted first must not be what plants the rest.
    'SET search_path = pg_catalog',
    `CREATE FUNCTION public.hijacked(what text) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN RAISE LOG 'hijacked: %', what; END $f$`,
    // One function a pair of types serves all operators of these types.
    `DO $do$ DECLARE l text; r text; o text; BEGIN
       FOREACH l IN ARRAY ${list(TYPES)} LOOP FOREACH r IN ARRAY ${list(TYPES)} LOOP
         EXECUTE format('CREATE FUNCTION public.planted_operator(%s, %s) RETURNS bool LANGUAGE plpgsql AS
           $f$ BEGIN PERFORM public.hijacked(%L); RETURN true; END $f$', l, r, l || ' operator ' || r);
         FOREACH o IN ARRAY ${list(OPERATORS)} LOOP
           EXECUTE format('CREATE OPERATOR public.%s (FUNCTION = public.planted_operator, LEFTARG = %s, RIGHTARG = %s)', o, l, r);
         END LOOP;
       END LOOP; END LOOP;
     END $do$`,
    // Every signature of every name, and of polymorphic ones one for each type.
    `DO $do$ DECLARE p record; t text; args text; result text; again int; BEGIN
       FOR p IN SELECT f.*, ARRAY(SELECT format_type(a.oid, NULL) FROM unnest(f.proargtypes) WITH ORDINALITY a (oid, n) ORDER BY n) AS types,
                  format_type(f.prorettype, NULL) AS returns
                FROM pg_proc f WHERE f.pronamespace = 'pg_catalog'::regnamespace AND f.proname = ANY (${list(await wordsOfSources())})
                  AND f.prokind IN ('f', 'a') AND f.pronargs <= 4
                  AND NOT 'internal'::regtype = ANY (f.proargtypes) LOOP
         FOREACH t IN ARRAY CASE WHEN p.types && ARRAY['anyelement','anyarray','anycompatible','anycompatiblearray','anynonarray','"any"','anyenum']
                                 THEN ${list(TYPES)} ELSE ARRAY['text'] END LOOP
           IF t ~ '(\\[\\]|vector)$' AND p.types && ARRAY['anyarray','anycompatiblearray'] THEN CONTINUE; END IF;
           SELECT coalesce(string_agg(CASE WHEN a LIKE 'any%array' THEN t || '[]' WHEN a LIKE 'any%' OR a = '"any"' THEN t ELSE a END, ', ' ORDER BY n), '')
             INTO args FROM unnest(p.types) WITH ORDINALITY u (a, n);
           result := CASE WHEN p.returns LIKE 'any%array' THEN t || '[]' WHEN p.returns LIKE 'any%' THEN t ELSE p.returns END;
           FOR again IN 0..CASE WHEN p.provariadic <> 0 THEN 2 ELSE 0 END LOOP
             IF again > 0 THEN args := args || ', ' || CASE WHEN p.types[p.pronargs] = '"any"' THEN t ELSE rtrim(p.types[p.pronargs], '[]') END; END IF;
             BEGIN
               IF p.prokind = 'a' THEN
                 EXECUTE format('CREATE FUNCTION public.planted_state(text%s) RETURNS text LANGUAGE plpgsql AS
                   $f$ BEGIN PERFORM public.hijacked(%L); RETURN NULL; END $f$', CASE WHEN args = '' THEN '' ELSE ', ' || args END, p.proname || '(' || args || ')');
               END IF;
             EXCEPTION WHEN duplicate_function THEN NULL; END;
             BEGIN
               IF p.prokind = 'a' THEN
                 EXECUTE format('CREATE AGGREGATE public.%I (%s) (sfunc = public.planted_state, stype = text)', p.proname, CASE WHEN args = '' THEN '*' ELSE args END);
               ELSE
                 EXECUTE format('CREATE FUNCTION public.%I (%s) RETURNS %s %s LANGUAGE plpgsql AS $f$ BEGIN PERFORM public.hijacked(%L); RETURN%s; END $f$',
                   p.proname, args, CASE WHEN p.proretset THEN 'SETOF' END, result, p.proname || '(' || args || ')',
                   CASE WHEN p.proretset OR result = 'void' THEN '' ELSE ' NULL' END);
               END IF;
             -- Some of them take or give what plpgsql cannot handle.
             EXCEPTION WHEN duplicate_function OR feature_not_supported OR invalid_function_definition OR datatype_mismatch THEN NULL; END;
           END LOOP;
         END LOOP;
       END LOOP;
     END $do$`,
  ])
    await link.query(statement);
  const [counted] = await link.query(
    `SELECT (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)::int AS functions,
            (SELECT count(*) FROM pg_operator WHERE oprnamespace = 'public'::regnamespace)::int AS operators`,
  );
  return { functions: Number(counted?.functions), operators: Number(counted?.operators) };
}
