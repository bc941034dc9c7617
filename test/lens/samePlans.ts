/** A lens of a schema of every kind must plan as the database itself: the same plans at the same costs. */
import { expect } from 'vitest';
import { connectTrusted as connect, type Link } from '../../src/database/link.ts';
import { type Lens, type LensServer, makeLens } from '../../src/lens/make/make.ts';
import { readLens } from '../../src/lens/read/read.ts';
import { newNames } from '../../src/session/names.ts';
import type { TestDatabase } from '../helpers/database.ts';

/** Each is planned with nothing set, and without sequential scans: so the indexes' costs are seen, too. */
const QUERIES = [
  'SELECT * FROM shop.orders WHERE customer = 7',
  "SELECT * FROM shop.orders WHERE day >= '2026-03-01' AND day < '2026-04-01'",
  "SELECT * FROM shop.orders WHERE mood = 'sad' AND tags @> ARRAY['t1']",
  "SELECT * FROM shop.orders_1 WHERE shop.folded(note) = 'note 3'",
  'SELECT customer, sum(amount) FROM shop.orders GROUP BY customer ORDER BY 2 DESC LIMIT 3',
  "SELECT * FROM shop.orders WHERE during && tstzrange('2026-01-01', '2026-01-01 00:20')",
  'SELECT count(DISTINCT kind) FROM shop.things',
  `SELECT t.* FROM "We ird""s"."t; DROP--" t JOIN shop.things s ON s.id = t.thing WHERE t."select" < 20`,
  `SELECT * FROM "We ird""s"."t; DROP--" WHERE "select" + 1 = 9 AND room > 10`,
  `SELECT * FROM "We ird""s"."t; DROP--" WHERE room = 17`,
  `SELECT * FROM "We ird""s"."t; DROP--" WHERE box && box(point(3, 3), point(4, 4))`,
  `SELECT * FROM "We ird""s"."t; DROP--" WHERE span && shop.span(3, 4)`,
  'SELECT * FROM shop.a_top WHERE customer = 3',
  "SELECT * FROM public.odd WHERE plain = 'p7'",
  "SELECT * FROM public.odd WHERE name = 'n7' AND labels @> ARRAY['l1']",
  "SELECT * FROM public.odd WHERE plain LIKE 'p1%'",
  'SELECT * FROM public.odd WHERE id > 900',
  'SELECT * FROM public.odd WHERE id < 2 OR id % 100 > 99',
  "SELECT * FROM public.odd WHERE at > '2027-01-01' ORDER BY at DESC LIMIT 3",
  "SELECT * FROM public.odd WHERE plain > 'p59' OR plain < 'p1'",
  'SELECT * FROM public.odd a JOIN shop.things b ON b.id = a.id ORDER BY a.id',
  'SELECT o.* FROM shop.orders o JOIN shop.per_customer c USING (customer) WHERE c.total > 100',
];

async function plans(link: Link): Promise<readonly string[]> {
  const found: string[] = [];
  for (const off of [[], ['SET enable_seqscan = off']]) {
    await link.batch(['RESET ALL', 'SET search_path = public', ...off]);
    for (const query of QUERIES) {
      const rows = await link
        .query(`EXPLAIN ${query}`)
        .catch((error: Error) => [{ failed: error.message }] as const);
      found.push([query, ...rows.map(row => String(Object.values(row)[0]))].join('\n'));
    }
  }
  return found;
}

/** @param database Of `everything`. @param server Where it is, and where the lens is made. */
export async function expectSamePlans(database: TestDatabase, server: LensServer): Promise<void> {
  const document = await readLens(database.link);
  const lens: Lens = await makeLens(server, document, { proposals: [], names: newNames() });
  try {
    // Said in the lens's own list, and nothing else is lost on the way.
    expect([...new Set(lens.hidden.map(({ what }) => what))]).toEqual(
      // A range of one's own.
      [
        'We ird"s.t; DROP--.span',
        ...(document.source.major >= 14 ? ['statistics of the expressions of shop.computed'] : []),
      ],
    );
    const link = await connect(lens.settings, 'test');
    const [there, here] = [await plans(database.link), await plans(link)];
    await link.end();
    expect(here).toEqual(there);
  } finally {
    await lens.drop();
  }
}
