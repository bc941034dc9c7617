import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import {
  changeFiles,
  readChangeFacts,
  refuseTakenFolder,
  writeChange,
} from '../../src/cli/writtenMigration.ts';
import { testDatabase } from '../helpers/database.ts';
import { folderWith } from '../helpers/folder.ts';
import { runFile } from '../helpers/psqlLike.ts';
import { GIVEN, KEPT, SURVEY, WORKLOAD } from '../report/change/survey.ts';

function ioIn(folder: string) {
  const stdout = new PassThrough();
  return { stdout, io: { cwd: () => folder, stdout } as unknown as Pick<Io, 'cwd' | 'stdout'> };
}

const FILES = new Map([
  ['report.md', '# one\n'],
  ['queries/a\u001b@b.sql', 'SELECT 1'],
]);

describe('writeChange', () => {
  it('writes all of it, and says what', async () => {
    const folder = await folderWith({});
    const { io, stdout } = ioIn(folder);
    await writeChange('new/change', FILES, io);
    expect(String(stdout.read())).toBe('Wrote new/change:\n  queries/a␛@b.sql\n  report.md\n');
    expect(await readFile(join(folder, 'new/change/report.md'), 'utf8')).toBe('# one\n');
    expect(await readFile(join(folder, 'new/change/queries/a\u001b@b.sql'), 'utf8')).toBe('SELECT 1');
    expect(await readdir(join(folder, 'new'))).toEqual(['change']);
  });

  it('takes an empty folder, and touches none that has something in it', async () => {
    const folder = await folderWith({ 'full/kept': 'mine' });
    await mkdir(join(folder, 'empty'));
    const { io } = ioIn(folder);
    await writeChange('empty', FILES, io);
    expect((await readdir(join(folder, 'empty'))).sort()).toEqual(['queries', 'report.md']);
    await expect(writeChange('full', FILES, io)).rejects.toMatchObject({
      code: 'folder-taken',
      message: 'full is not empty',
    });
    await expect(refuseTakenFolder('full', io)).rejects.toMatchObject({ code: 'folder-taken' });
    await expect(refuseTakenFolder('full/kept', io)).rejects.toMatchObject({
      message: 'full/kept: it is a file, or in one',
    });
    await refuseTakenFolder('nowhere', io);
    expect(await readdir(join(folder, 'full'))).toEqual(['kept']);
  });
});

describe('a survey’s change', () => {
  it('is made with the catalog’s word, and can be applied and undone', async () => {
    const shop = await testDatabase('write_change', [
      'CREATE SCHEMA app',
      'CREATE TABLE app.orders AS SELECT g AS id, g % 9 AS customer, g AS amount FROM generate_series(1, 99) g',
    ]);
    try {
      const change = { ...GIVEN, workload: await WORKLOAD, survey: SURVEY, kept: KEPT, tables: [] };
      // Not ALTER DATABASE … SET: its catalog is the whole server's, which other tests take traces of.
      const facts = await readChangeFacts({ ...shop.settings, options: '-c search_path=app' }, change);
      const files = await changeFiles(change, facts);
      // A connection that has another search_path all the same: the files bring theirs.
      expect(await runFile(shop.link, files.get('migration.sql') ?? '')).not.toEqual([]);
      const made = () =>
        shop.link.query(
          `SELECT relname AS name FROM pg_class WHERE relnamespace = 'app'::regnamespace ORDER BY relname`,
        );
      expect(await made()).toEqual([{ name: 'by_customer' }, { name: 'orders' }, { name: 'totals' }]);
      await runFile(shop.link, files.get('rollback.sql') ?? '');
      expect(await made()).toEqual([{ name: 'orders' }]);
    } finally {
      await shop.drop();
    }
  });
});
