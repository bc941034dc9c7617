/** The tables that the cases run on. The first ones are those of the hand-checked fixtures. */

import { OWNER } from '../../src/database/embedded/layout.ts';

export const SCHEMA = 'plan_fixtures';

const SHOP = `
  CREATE TABLE customers (customer_id int PRIMARY KEY, country text, email text);
  INSERT INTO customers SELECT i, 'c' || i % 20, 'user' || i || '@example.com' FROM generate_series(1, 5000) i;
  CREATE TABLE orders (order_id int PRIMARY KEY, customer_id int, ordered_on date, status text, amount numeric(12,2));
  INSERT INTO orders SELECT i, 1 + i * 7919 % 5000, date '2024-01-01' + i / 200,
    (array['cancelled','pending','shipped','delivered'])[1 + i % 4], i % 500 FROM generate_series(1, 100000) i;
  CREATE INDEX orders_customer ON orders (customer_id);
  CREATE INDEX orders_date ON orders (ordered_on) INCLUDE (amount);
  CREATE INDEX orders_amount ON orders (amount);
  CREATE TABLE events (at date, kind int) PARTITION BY RANGE (at);
  CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
  CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE INDEX ON events (at);
  CREATE MATERIALIZED VIEW customer_totals AS SELECT customer_id, sum(amount) AS spent,
    ntile(100) OVER (ORDER BY sum(amount)) AS percentile FROM orders GROUP BY customer_id;
  CREATE INDEX customer_totals_spent ON customer_totals (spent DESC) INCLUDE (customer_id, percentile);
  INSERT INTO events SELECT date '2023-01-01' + i % 1000, i % 10 FROM generate_series(1, 6000) i;
`;

/** Written to by cases, so small and apart. */
const WRITTEN = `
  CREATE TABLE stock (item_id int, warehouse text, quantity int, PRIMARY KEY (item_id, warehouse))
    PARTITION BY LIST (warehouse);
  CREATE TABLE stock_north PARTITION OF stock FOR VALUES IN ('north');
  CREATE TABLE stock_south PARTITION OF stock FOR VALUES IN ('south');
  INSERT INTO stock SELECT i, w, i % 50 FROM generate_series(1, 500) i, (VALUES ('north'), ('south')) v(w);
  CREATE TABLE accounts (account_id int PRIMARY KEY, owner text, balance numeric DEFAULT 0);
  INSERT INTO accounts SELECT i, 'owner ' || i, i % 100 FROM generate_series(1, 2000) i;
  CREATE TABLE account_log (account_id int, balance numeric);
  CREATE FUNCTION log_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO account_log VALUES (new.account_id, new.balance); RETURN new; END $$;
  CREATE TRIGGER accounts_logged AFTER UPDATE OF owner ON accounts FOR EACH ROW EXECUTE FUNCTION log_account();
  CREATE TABLE parents (parent_id int PRIMARY KEY);
  INSERT INTO parents SELECT generate_series(1, 300);
  CREATE TABLE children (child_id int PRIMARY KEY, parent_id int NOT NULL CONSTRAINT children_of_parents
    REFERENCES parents ON DELETE CASCADE);
  CREATE INDEX ON children (parent_id);
  INSERT INTO children SELECT i, 1 + i % 300 FROM generate_series(1, 900) i;
  CREATE TABLE notes (note_id int, body text);
  CREATE TABLE note_copies (note_id int, copied_at date);
  CREATE RULE notes_copied AS ON INSERT TO notes DO ALSO
    INSERT INTO note_copies SELECT new.note_id, date '2025-01-01';
  CREATE TABLE signals (signal_id int);
  CREATE RULE signals_told AS ON INSERT TO signals DO ALSO NOTIFY signals;
`;

const ODD = `
  CREATE TABLE places (place_id int PRIMARY KEY, location point, tags int[]);
  INSERT INTO places SELECT i, point(i % 100, i / 100), array[i % 7, i % 11] FROM generate_series(1, 10000) i;
  CREATE INDEX places_location ON places USING gist (location);
  CREATE INDEX places_tags ON places USING gin (tags);
  CREATE TABLE sparse (id int, kind int) WITH (fillfactor = 10);
  INSERT INTO sparse SELECT i, i % 100 FROM generate_series(1, 40000) i;
  CREATE INDEX sparse_kind ON sparse (kind);
  CREATE TABLE tiny (id int) WITH (parallel_workers = 4);
  INSERT INTO tiny VALUES (1), (2), (3);
  CREATE SCHEMA "Odd.Schema";
  CREATE TABLE "Odd.Schema"."Order Items" ("Order ID" int, "Line ""No""" int, "Unit Price (€)" numeric,
    "select" text, PRIMARY KEY ("Order ID", "Line ""No"""));
  INSERT INTO "Odd.Schema"."Order Items" SELECT i / 4, i % 4, i % 90, 'größe ' || i % 3 FROM generate_series(1, 4000) i;
  CREATE INDEX "Price -> Index" ON "Odd.Schema"."Order Items" ("Unit Price (€)", ("select" || '->'));
`;

/** The database itself through postgres_fdw. */
function foreign(socketFolder: string): string {
  return `
  CREATE EXTENSION postgres_fdw;
  CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host '${socketFolder}', dbname 'postgres', use_remote_estimate 'true');
  CREATE USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (user '${OWNER}');
  CREATE FOREIGN TABLE far_customers (customer_id int, country text, email text)
    SERVER loopback OPTIONS (schema_name '${SCHEMA}', table_name 'customers');
  CREATE FOREIGN TABLE far_orders (order_id int, customer_id int, ordered_on date, status text, amount numeric(12,2))
    SERVER loopback OPTIONS (schema_name '${SCHEMA}', table_name 'orders');
  CREATE FOREIGN TABLE far_notes (note_id int, copied_at date)
    SERVER loopback OPTIONS (schema_name '${SCHEMA}', table_name 'note_copies');
  CREATE FOREIGN TABLE far_accounts (account_id int, owner text, balance numeric)
    SERVER loopback OPTIONS (schema_name '${SCHEMA}', table_name 'accounts');
  CREATE TABLE far_events (at date, kind int) PARTITION BY RANGE (at);
  CREATE FOREIGN TABLE far_events_2023 PARTITION OF far_events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')
    SERVER loopback OPTIONS (schema_name '${SCHEMA}', table_name 'events_2023');
  CREATE FOREIGN TABLE far_events_2024 PARTITION OF far_events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    SERVER loopback OPTIONS (schema_name '${SCHEMA}', table_name 'events_2024');
`;
}

/** One script after the other; vacuuming is the caller's, as it can't be in a script of several statements. */
export function schemaScripts(socketFolder: string): readonly string[] {
  return [
    `CREATE SCHEMA ${SCHEMA}`,
    `SET search_path = ${SCHEMA}`,
    SHOP,
    WRITTEN,
    ODD,
    foreign(socketFolder),
  ];
}
