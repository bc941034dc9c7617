import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bodyOf } from '../../src/workload/proposalBody.ts';
import { addFiles, proposalFromText, saveProposal } from '../../src/workload/write.ts';

const NONE: ReadonlySet<string> = new Set();

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pgopt-explore-write-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('a proposal from a text', () => {
  it('is called what it creates', async () => {
    const proposal = await proposalFromText('CREATE INDEX idx_a ON t (a);', undefined, NONE);
    expect(proposal).toMatchObject({ id: 'idx_a', kind: 'index', ddl: 'CREATE INDEX idx_a ON t (a);\n' });
    const again = await proposalFromText('CREATE INDEX idx_a ON t (b)', undefined, new Set(['idx_a']));
    expect(again.id).toBe('idx_a_2');
  });

  it('has a name that can be a file’s, whatever it creates', async () => {
    const { id } = await proposalFromText('CREATE INDEX "../../x y|z" ON t (a)', undefined, NONE);
    expect(id).toMatch(/^[\w-]+$/);
  });

  it('that is edited keeps its comments and its name', async () => {
    const first = await proposalFromText('CREATE INDEX i ON t (a)', undefined, NONE);
    const before = { ...first, ddl: `-- title: By a\n--\n-- why\n\n${first.ddl}`, file: 'p/i.sql' };
    const after = await proposalFromText('CREATE INDEX i ON t (b)', before, new Set(['i']));
    expect(after).toMatchObject({
      id: 'i',
      title: 'By a',
      ddl: '-- title: By a\n--\n-- why\n\nCREATE INDEX i ON t (b);\n',
    });
  });

  it.each([
    '-- title: By a\n\nCREATE INDEX i -- why\n  ON t (a,\n        b);\n',
    'CREATE INDEX i ON t (a); -- last words\n',
    'CREATE MATERIALIZED VIEW v AS\n  SELECT 1 AS a; /* one */\n\nCREATE INDEX ON v (a);\n',
  ])('that is edited keeps its layout and its comments: %j', async ddl => {
    const before = { ...(await proposalFromText(ddl, undefined, NONE)), ddl };
    const after = await proposalFromText(bodyOf(before.ddl), before, new Set([before.id]));
    expect(after.ddl).toBe(ddl);
  });

  it('is refused as a file would be', async () => {
    await expect(proposalFromText('COMMIT', undefined, NONE)).rejects.toMatchObject({
      code: 'workload-invalid',
      message: expect.stringMatching(/COMMIT/),
    });
  });
});

describe('saving', () => {
  it('writes the file whole, makes the folder, and overwrites only its own', async () => {
    const path = await folder();
    const proposal = await proposalFromText('CREATE INDEX i ON t (a)', undefined, NONE);
    const file = await saveProposal(path, proposal, false);
    expect(await readFile(file, 'utf8')).toBe(proposal.ddl);
    expect(await readdir(join(path, 'schema', 'proposals'))).toEqual(['i.sql']);
    await writeFile(file, 'mine');
    await expect(saveProposal(path, proposal, false)).rejects.toMatchObject({
      code: 'workload-unwritable',
      message: expect.stringMatching(/there is a file of that name$/),
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    await saveProposal(path, proposal, true);
    expect(await readFile(file, 'utf8')).toBe(proposal.ddl);
  });

  it('leaves no empty file where the text cannot be written', async () => {
    const path = await folder();
    const proposals = join(path, 'schema', 'proposals');
    await mkdir(proposals, { recursive: true });
    await writeFile(join(proposals, `i.sql.${process.pid}.new`), '');
    const proposal = await proposalFromText('CREATE INDEX i ON t (a)', undefined, NONE);
    await expect(saveProposal(path, proposal, false)).rejects.toMatchObject({ code: 'workload-unwritable' });
    expect(await readdir(proposals)).not.toContain('i.sql');
  });
});

describe('adding files', () => {
  it('adds all of them, and none where one is there already', async () => {
    const path = await folder();
    const files = new Map([
      ['schema/proposals/v.sql', 'CREATE …'],
      ['queries/q@v.sql', 'SELECT …'],
    ]);
    expect(await addFiles(path, files)).toEqual([...files.keys()]);
    expect(await readFile(join(path, 'queries', 'q@v.sql'), 'utf8')).toBe('SELECT …');
    const more = new Map([['schema/proposals/new.sql', 'CREATE …'], ...files]);
    await expect(addFiles(path, more)).rejects.toMatchObject({
      code: 'workload-unwritable',
      message: `nothing was written: schema/proposals/v.sql, queries/q@v.sql are in ${path} already`,
    });
    expect(await readdir(join(path, 'schema', 'proposals'))).toEqual(['v.sql']);
  });

  it('takes back what it wrote where a file cannot be', async () => {
    const path = await folder();
    await writeFile(join(path, 'queries'), 'a file in the way');
    const files = new Map([
      ['schema/proposals/v.sql', 'CREATE …'],
      ['queries/q@v.sql', 'SELECT …'],
    ]);
    await expect(addFiles(path, files)).rejects.toMatchObject({ code: 'workload-unwritable' });
    expect(await readdir(join(path, 'schema', 'proposals'))).toEqual([]);
  });
});
