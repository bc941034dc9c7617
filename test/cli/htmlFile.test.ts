import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { refuseTakenFile, writePage } from '../../src/cli/htmlFile.ts';
import { folderWith } from '../helpers/folder.ts';

describe('the file of --html', () => {
  it('is made with its folder, and named', async () => {
    const folder = await folderWith({});
    const io = { cwd: () => folder };
    const stdout = new PassThrough();
    await refuseTakenFile('new/page\u001b.html', io);
    await writePage('new/page\u001b.html', '<p>', io, stdout);
    expect(String(stdout.read())).toBe('Wrote new/page␛.html\n');
    expect(await readFile(join(folder, 'new/page\u001b.html'), 'utf8')).toBe('<p>');
  });

  it('is never one that is there, before the measuring and after it', async () => {
    const folder = await folderWith({ 'mine.html': 'mine' });
    await mkdir(join(folder, 'folder'));
    const io = { cwd: () => folder };
    const taken = { code: 'file-taken', message: 'mine.html exists already' };
    await expect(refuseTakenFile('mine.html', io)).rejects.toMatchObject(taken);
    await expect(writePage('mine.html', 'x', io, new PassThrough())).rejects.toMatchObject({
      code: 'file-taken',
      message: 'cannot write mine.html: it exists already',
    });
    await expect(refuseTakenFile('folder', io)).rejects.toMatchObject({ message: 'folder is a folder' });
    await expect(refuseTakenFile('mine.html/page.html', io)).rejects.toMatchObject({
      message: 'cannot write mine.html/page.html: it is a file, or in one',
    });
    expect(await readFile(join(folder, 'mine.html'), 'utf8')).toBe('mine');
    expect((await readdir(folder)).sort()).toEqual(['folder', 'mine.html']);
  });
});
