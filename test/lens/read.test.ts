/** A lens of a real database that has everything. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LensDocument } from '../../src/lens/document.ts';
import { readLens } from '../../src/lens/read/read.ts';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { everything } from './everything.ts';

let database: TestDatabase;
let lens: LensDocument;
beforeAll(async () => {
  database = await testDatabase('lens', everything(15));
  lens = await readLens(database.link);
});
afterAll(async () => database?.drop());

it('lists what is left out', () => {
  expect(lens.hidden.map(({ what, why }) => `${what}: ${why}`)).toMatchInlineSnapshot(`
    [
      "aggregate shop.total(): an aggregate of one’s own is left out",
      "foreign table shop.far: a foreign table is planned by its own wrapper; it is left out",
      "function shop.in_c(): only functions in SQL and PL/pgSQL are taken over",
      "row security public.guarded: policies are left out: for roles that they apply to, plans have further conditions",
      "rule public.never: rules other than a view’s are left out; SELECT does not see them",
      "index shop.needs_c: left out: it needs function shop.in_c()",
      "view shop.reads_far: left out: it needs foreign table shop.far",
      "view shop.reads_reads_far: left out: it needs foreign table shop.far",
      "view shop.uses_total: left out: it needs aggregate shop.total()",
      "most common combinations of extended statistics shop.combined: lists of combinations of values (mcv) are left out",
      "most common combinations of extended statistics shop.computed: lists of combinations of values (mcv) are left out",
    ]
  `);
});
