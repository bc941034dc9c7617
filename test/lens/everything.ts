/** A schema with every feature that a lens has, or has not. */

/** @param major 13 … 18 @returns Statements, to be sent one by one. */
export const everything = (major: number): readonly string[] => [
  'CREATE SCHEMA "We ird""s"',
  'CREATE SCHEMA shop',
  "CREATE TYPE shop.mood AS ENUM ('sad', 'it''s ok', 'hap\\py')",
  'CREATE DOMAIN shop.positive AS int CHECK (VALUE > 0)',
  'CREATE DOMAIN shop.very AS shop.positive NOT NULL',
  'CREATE TYPE shop.address AS (street text, mood shop.mood, numbers shop.positive[])',
  'CREATE TYPE shop.span AS RANGE (subtype = float8, subtype_diff = float8mi)',
  `CREATE FUNCTION shop.folded(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)'`,
  // Parents, a column dropped before them, and everything that a column can be.
  `CREATE TABLE shop.orders (
     id bigint NOT NULL, gone int, customer int NOT NULL, day date NOT NULL, note text COLLATE "C", mood shop.mood,
     amount numeric(12, 2), tags text[], during tstzrange, address shop.address, small shop.very DEFAULT 1,
     twice numeric GENERATED ALWAYS AS (amount * 2) STORED,
     PRIMARY KEY (id, day), CHECK (amount >= 0)
   ) PARTITION BY RANGE (day)`,
  'ALTER TABLE shop.orders DROP COLUMN gone',
  `CREATE TABLE shop.orders_1 PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01') TO ('2026-07-01')`,
  `CREATE TABLE shop."Orders 2" PARTITION OF shop.orders FOR VALUES FROM ('2026-07-01') TO (MAXVALUE) PARTITION BY HASH (id)`,
  'CREATE TABLE shop.a_part PARTITION OF shop."Orders 2" FOR VALUES WITH (MODULUS 1, REMAINDER 0) WITH (fillfactor = 80)',
  'CREATE INDEX orders_customer ON shop.orders (customer) INCLUDE (amount)',
  'CREATE INDEX local_only ON shop.orders_1 (shop.folded(note))',
  `INSERT INTO shop.orders SELECT g, g % 50, date '2026-01-01' + g % 364, 'note ' || g % 7, (ARRAY['sad', 'it''s ok', 'hap\\py'])[1 + g % 3]::shop.mood,
     g % 97 + 0.5, ARRAY['t' || g % 5, 'u' || g % 3], tstzrange('2026-01-01', '2026-01-01'::timestamptz + g * interval '1 min')
   FROM generate_series(1, 1000) g`,
  // Inheritance that is no partitioning, and a child that is older by name than its parent.
  "CREATE TABLE shop.things (id int PRIMARY KEY, kind text CHECK (kind <> ''))",
  'CREATE TABLE shop.a_thing (extra int) INHERITS (shop.things)',
  `INSERT INTO shop.things SELECT g, 'k' || g % 4 FROM generate_series(1, 200) g`,
  `INSERT INTO shop.a_thing SELECT g, 'k', g FROM generate_series(201, 300) g`,
  `CREATE TABLE "We ird""s"."t; DROP--" ("select" int, "a""b" text, thing int REFERENCES shop.things, box box, doc jsonb, room int, span shop.span,
     EXCLUDE USING gist (span WITH &&) WHERE (room > 1000), UNIQUE ("a""b"))`,
  `INSERT INTO "We ird""s"."t; DROP--" SELECT g, 'x''"\\ {},' || g, g % 200 + 1, box(point(g, g), point(g + 1, g + 1)), jsonb_build_object('a', g),
     g, shop.span(g, g + 1.5) FROM generate_series(1, 300) g`,
  'CREATE INDEX "i""1" ON "We ird""s"."t; DROP--" (("select" + 1), lower("a""b")) WHERE room > 10',
  'CREATE INDEX a_gin ON "We ird""s"."t; DROP--" USING gin (doc jsonb_path_ops)',
  'CREATE INDEX a_gist ON "We ird""s"."t; DROP--" USING gist (box)',
  'CREATE INDEX a_brin ON "We ird""s"."t; DROP--" USING brin (room) WITH (pages_per_range = 4)',
  'CREATE INDEX a_hash ON "We ird""s"."t; DROP--" USING hash (room)',
  'CREATE INDEX an_spgist ON "We ird""s"."t; DROP--" USING spgist (box)',
  // A collation and a domain of one's own, indexes that cost the same, and ends that conditions reach beyond.
  "CREATE COLLATION shop.folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
  'CREATE DOMAIN shop.labels AS text[]',
  'CREATE TABLE public.odd (id int PRIMARY KEY, name text COLLATE shop.folding, plain varchar(20), labels shop.labels, at timestamptz)',
  'CREATE INDEX z_older ON public.odd (plain DESC)',
  'CREATE INDEX a_newer ON public.odd (plain)',
  'CREATE INDEX by_name ON public.odd (name, id)',
  'CREATE INDEX by_at ON public.odd (at DESC NULLS LAST) INCLUDE (plain)',
  'CREATE INDEX by_expression ON public.odd ((id % 100))',
  `INSERT INTO public.odd SELECT g, 'N' || g % 30, CASE WHEN g % 9 > 0 THEN 'p' || g % 60 END, ARRAY['l' || g % 3],
     '2026-01-01'::timestamptz + g * interval '1 hour' FROM generate_series(1, 900) g`,
  // A body without schemas finds what it calls by the path; from 17 on not in an index.
  `CREATE FUNCTION public.lowered(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)'`,
  ...(major < 17
    ? [
        `CREATE FUNCTION shop.through(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lowered(t)'`,
        'CREATE INDEX by_path ON public.odd (shop.through(plain))',
      ]
    : []),
  // Views on views, named against their order, and a materialized view between them.
  'CREATE VIEW shop.z_base AS SELECT id, customer, day, amount FROM shop.orders WHERE amount > 1',
  'CREATE MATERIALIZED VIEW shop.per_customer AS SELECT customer, sum(amount) AS total FROM shop.z_base GROUP BY 1',
  'CREATE UNIQUE INDEX per_customer_key ON shop.per_customer (customer)',
  `CREATE VIEW shop.a_top WITH (security_barrier) AS SELECT c.customer, c.total, b.day FROM shop.per_customer c JOIN shop.z_base b USING (customer)`,
  `CREATE FUNCTION shop.of_orders(int) RETURNS SETOF shop.orders LANGUAGE sql STABLE AS 'SELECT * FROM shop.orders WHERE customer = $1'`,
  `CREATE FUNCTION shop.of_view(shop.a_top) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN $1.customer; END'`,
  `CREATE FUNCTION shop.on_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
  ...(major >= 14
    ? [
        'CREATE FUNCTION shop.atomic() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM shop.z_base; END',
      ]
    : []),
  ...(major >= 18
    ? [
        'CREATE TABLE public.modern (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c int, d int NOT NULL)',
        'ALTER TABLE public.modern ADD CONSTRAINT later NOT NULL c NOT VALID',
      ]
    : []),
  'CREATE STATISTICS shop.related (ndistinct, dependencies) ON "select", room FROM "We ird""s"."t; DROP--"',
  'CREATE STATISTICS shop.combined (mcv) ON id, kind FROM shop.things',
  ...(major >= 14 ? ['CREATE STATISTICS shop.computed ON (id % 7), kind FROM shop.things'] : []),
  'ANALYZE',
  'CREATE TABLE public.never (id int)',
  'INSERT INTO public.never SELECT g FROM generate_series(1, 1000) g',
  // What a lens has not, and what needs it.
  'CREATE FOREIGN DATA WRAPPER nothing',
  'CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing',
  'CREATE FOREIGN TABLE shop.far (id int) SERVER nowhere',
  'CREATE VIEW shop.reads_far AS SELECT f.id FROM shop.far f JOIN shop.things t USING (id)',
  'CREATE VIEW shop.reads_reads_far AS SELECT * FROM shop.reads_far',
  'CREATE AGGREGATE shop.total (int) (SFUNC = int4pl, STYPE = int)',
  'CREATE VIEW shop.uses_total AS SELECT shop.total(id) AS n FROM shop.things',
  "CREATE FUNCTION shop.in_c(text) RETURNS text LANGUAGE internal IMMUTABLE STRICT AS 'upper'",
  'CREATE INDEX needs_c ON shop.things (shop.in_c(kind))',
  'CREATE RULE quiet AS ON DELETE TO public.never DO INSTEAD NOTHING',
  'CREATE TABLE public.guarded (id int, secret text)',
  "INSERT INTO public.guarded SELECT g, 's' || g % 3 FROM generate_series(1, 100) g",
  'ANALYZE public.guarded',
  'ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY',
  'CREATE TEMPORARY TABLE passing (id int)',
];
