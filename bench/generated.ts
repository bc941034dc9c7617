/** A workload of ten proposals on tables of a few thousand rows: small enough to try all 1,024 configurations by hand. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { identifier } from '../src/base/sql.ts';
import type { ConnectionSettings } from '../src/database/connectionSettings.ts';
import { connectTrusted as connect } from '../src/database/link.ts';
import { loadWorkload } from '../src/workload/load.ts';
import type { Workload } from '../src/workload/workload.ts';
import type { Stage } from './stage.ts';

const TABLES = [
  'CREATE TABLE authors (id int PRIMARY KEY, country int, born int)',
  'INSERT INTO authors SELECT g, g % 40, 1900 + g % 100 FROM generate_series(1, 2000) g',
  'CREATE TABLE books (id int PRIMARY KEY, author int, year int, genre int, price int)',
  'INSERT INTO books SELECT g, 1 + g * 7 % 2000, 1950 + g % 75, g * 13 % 60, g % 500 FROM generate_series(1, 8000) g',
  'CREATE TABLE loans (id int PRIMARY KEY, book int, day int, days int)',
  'INSERT INTO loans SELECT g, 1 + g * 11 % 8000, g % 365, g * 3 % 40 FROM generate_series(1, 20000) g',
  'VACUUM (FREEZE, ANALYZE) authors, books, loans',
];

const QUERIES = {
  '01-by-author':
    'SELECT title.id, title.price FROM books title WHERE title.author = 77 ORDER BY title.price',
  '02-country':
    'SELECT b.id FROM authors a JOIN books b ON b.author = a.id WHERE a.country = 7 AND b.genre = 3',
  '03-day': 'SELECT count(*), sum(l.days) FROM loans l WHERE l.day BETWEEN 100 AND 103',
  '04-year': 'SELECT genre, avg(price) FROM books WHERE year = 1999 GROUP BY genre',
  '05-loans-of-genre':
    'SELECT count(*) FROM loans l JOIN books b ON b.id = l.book WHERE b.genre = 11 AND l.days > 35',
  '06-dear': 'SELECT id FROM books WHERE price > 495 ORDER BY price DESC LIMIT 10',
};

const PROPOSALS = {
  a_books_author: 'CREATE INDEX a_books_author ON books (author)',
  b_books_author_price: 'CREATE INDEX b_books_author_price ON books (author, price)',
  c_books_genre: 'CREATE INDEX c_books_genre ON books (genre) INCLUDE (author)',
  d_books_year: 'CREATE INDEX d_books_year ON books (year)',
  e_books_price: 'CREATE INDEX e_books_price ON books (price)',
  f_books_dear: 'CREATE INDEX f_books_dear ON books (price) WHERE price > 490',
  g_authors_country: 'CREATE INDEX g_authors_country ON authors (country)',
  h_loans_day: 'CREATE INDEX h_loans_day ON loans (day)',
  i_loans_day_days: 'CREATE INDEX i_loans_day_days ON loans (day, days)',
  j_loans_book: 'CREATE INDEX j_loans_book ON loans (book) INCLUDE (days)',
};

/** Runs `use` on a database with these tables, gone afterwards. */
export async function onGenerated<T>(
  { server }: Stage,
  use: (settings: ConnectionSettings, workload: Workload) => Promise<T>,
): Promise<T> {
  const database = 'bench_generated';
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-bench-generated-'));
  const maintenance = await connect(server, 'bench');
  try {
    await maintenance.query(`CREATE DATABASE ${identifier(database)}`);
    const settings = { ...server, database };
    const link = await connect(settings, 'bench');
    for (const statement of TABLES) await link.query(statement);
    await link.end();
    await writeGenerated(folder);
    return await use(settings, await loadWorkload(folder, process.cwd()));
  } finally {
    await maintenance.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
    await maintenance.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the workload's files into a folder. */
async function writeGenerated(folder: string): Promise<void> {
  const files = new Map([
    ['schema/workload.json', '{ "title": "Generated" }'],
    ...Object.entries(QUERIES).map(([name, sql]) => [`queries/${name}.sql`, sql] as const),
    ...Object.entries(PROPOSALS).map(([name, sql]) => [`schema/proposals/${name}.sql`, sql] as const),
  ]);
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
