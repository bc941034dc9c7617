/** All cases, in the order they run. */
import type { Case } from './case.ts';
import aggregates from './cases/aggregates.ts';
import appends from './cases/appends.ts';
import foreign from './cases/foreign.ts';
import handChecked from './cases/handChecked.ts';
import joins from './cases/joins.ts';
import parallel from './cases/parallel.ts';
import scans from './cases/scans.ts';
import subplans from './cases/subplans.ts';
import writes from './cases/writes.ts';

export const CASES: readonly Case[] = [
  ...handChecked,
  ...scans,
  ...joins,
  ...subplans,
  ...appends,
  ...aggregates,
  ...parallel,
  ...writes,
  ...foreign,
];
