import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadWorkload } from '../../src/workload/load.ts';
import type { Workload } from '../../src/workload/types.ts';
import { refusalOf } from '../helpers/refusal.ts';

async function load(files: Readonly<Record<string, string | Uint8Array>>): Promise<Workload> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-load-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'schema', 'proposals'), { recursive: true });
  const all = { 'schema/workload.json': '{}', 'queries/q.sql': 'SELECT 1', ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return loadWorkload(folder, folder);
}

const refusal = (files: Readonly<Record<string, string | Uint8Array>>) => refusalOf(() => load(files));

const INDEX = 'CREATE INDEX i ON t (a)';

describe('a workload folder', () => {
  it.each([
    'queries/my query.sql',
    'queries/a,b.sql',
    'queries/a|b.sql',
    'queries/.sql',
    'schema/proposals/my index.sql',
    'schema/proposals/a\tb.sql',
  ])('refuses the file name %j as an id', async path => {
    expect(await refusal({ [path]: path.startsWith('queries') ? 'SELECT 1' : INDEX })).toBe(
      `pgopt-explore: ${path.replace('\t', '␉')}: the name cannot be an id: rename it: something before .sql, without blanks, commas and |`,
    );
  });

  it.each(['q@i@j', 'q@', '@i'])('refuses %s.sql as a rewrite', async id => {
    expect(await refusal({ [`queries/${id}.sql`]: 'SELECT 1', 'schema/proposals/i.sql': INDEX })).toBe(
      `pgopt-explore: queries/${id}.sql: not the name of a rewrite: name it query@proposal.sql`,
    );
  });

  it('reads a rewrite, and leaves out hidden files', async () => {
    const workload = await load({
      'queries/q@i.sql': 'SELECT 2',
      'queries/.q.sql': 'no SQL',
      'schema/proposals/i.sql': INDEX,
    });
    expect(workload.queries.map(({ id, rewrites }) => [id, rewrites.map(({ sql }) => sql)])).toEqual([
      ['q', ['SELECT 2']],
    ]);
  });

  it('does not stumble over a byte order mark', async () => {
    const bom = '\ufeff';
    const workload = await load({
      'schema/workload.json': `${bom}{"title": "T"}`,
      'queries/q.sql': `${bom}-- title: É\nSELECT 1`,
      'schema/proposals/i.sql': bom + INDEX,
    });
    expect(workload.title).toBe('T');
    expect(workload.queries[0]).toMatchObject({ title: 'É', sql: 'SELECT 1' });
    expect(workload.proposals[0]?.ddl).toBe(INDEX);
  });

  it.each(['queries/q.sql', 'schema/proposals/i.sql', 'schema/workload.json'])(
    'refuses %s when it is not UTF-8',
    async path => {
      const latin1 = Buffer.from("-- 'gr\u00f6\u00dfe'\nSELECT 1", 'latin1');
      expect(await refusal({ [path]: latin1 })).toBe(`pgopt-explore: ${path}: not UTF-8: save it as UTF-8`);
    },
  );
});
