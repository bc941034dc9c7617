/**
 * An imitation of the extension HypoPG, for servers without its library: the functions that a session calls, with the
 * arguments and result columns of HypoPG 1.3.1 (of hypopg() only the three that are read), entered as an extension. What
 * is imitated: the index is built for real by the functions' owner and renamed as HypoPG names its own,
 * `<oid>btree_table_column`, so that plain EXPLAIN shows it. What is not: the real one keeps its indexes outside the
 * catalog and the transaction, and EXPLAIN ANALYZE does not see them.
 */
export const HYPOPG_SCHEMA = 'what if';

export const imitatedHypopg: readonly string[] = [
  `CREATE SCHEMA "${HYPOPG_SCHEMA}"`,
  `INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
   SELECT 4000000000, 'hypopg', (SELECT oid FROM pg_roles WHERE rolname = current_user), oid, true, '1.3.1'
   FROM pg_namespace WHERE nspname = '${HYPOPG_SCHEMA}'`,
  `CREATE FUNCTION "${HYPOPG_SCHEMA}".hypopg_create_index(sql_order text, OUT indexrelid oid, OUT indexname text)
   RETURNS SETOF record LANGUAGE plpgsql SECURITY DEFINER AS $$
   DECLARE known oid[] := ARRAY(SELECT oid FROM pg_class WHERE relkind = 'i');
   BEGIN
     IF sql_order ~* 'USING gin' THEN RAISE 'hypopg: access method "gin" is not supported'; END IF;
     EXECUTE sql_order;
     FOR indexrelid, indexname IN
       SELECT i.oid, format('<%s>%s_%s_%s', i.oid, m.amname, t.relname, a.attname)
       FROM pg_class i JOIN pg_am m ON m.oid = i.relam JOIN pg_index x ON x.indexrelid = i.oid
       JOIN pg_class t ON t.oid = x.indrelid JOIN pg_attribute a ON a.attrelid = i.oid AND a.attnum = 1
       WHERE i.relkind = 'i' AND NOT i.oid = ANY (known)
     LOOP
       EXECUTE format('ALTER INDEX %s RENAME TO %I', indexrelid::regclass, indexname);
       RETURN NEXT;
     END LOOP;
   END $$`,
  `CREATE FUNCTION "${HYPOPG_SCHEMA}".hypopg(OUT indexname text, OUT indexrelid oid, OUT indrelid oid)
   RETURNS SETOF record LANGUAGE sql AS
   $$ SELECT c.relname, x.indexrelid, x.indrelid FROM pg_class c JOIN pg_index x ON x.indexrelid = c.oid
      WHERE c.relname ~ '^<\\d+>' $$`,
  `CREATE FUNCTION "${HYPOPG_SCHEMA}".hypopg_relation_size(indexid oid) RETURNS bigint LANGUAGE sql AS
   'SELECT pg_relation_size(indexid)'`,
  `CREATE FUNCTION "${HYPOPG_SCHEMA}".hypopg_reset() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
   DECLARE found regclass;
   BEGIN
     FOR found IN SELECT oid FROM pg_class WHERE relkind = 'i' AND relname ~ '^<\\d+>' LOOP
       EXECUTE format('DROP INDEX %s', found);
     END LOOP;
   END $$`,
];
