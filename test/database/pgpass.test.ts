import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { passwordFromFile, passwordIn } from '../../src/database/pgpass.ts';
import { folderWith } from '../helpers/folder.ts';

const account = { host: 'db.example', port: 5432, database: 'shop', user: 'me' };
const found = (text: string, other: Partial<typeof account> = {}) =>
  passwordIn(text, { ...account, ...other });

describe('~/.pgpass', () => {
  it('takes the first entry that fits', () => {
    const text = 'h:5432:shop:me:no\ndb.example:5432:shop:me:first\n*:*:*:*:second\n';
    expect(found(text)).toBe('first');
    expect(found(text, { user: 'other' })).toBe('second');
    expect(found('db.example:5433:shop:me:no')).toBeUndefined();
    expect(found('db.example:5432:shop:me:')).toBeUndefined();
  });

  it('knows comments, line ends of Windows, and lines that are none', () => {
    expect(found('#*:*:*:*:comment\r\nnonsense\n\n*:*:*:*:yes\r\n')).toBe('yes');
  });

  it('has colons and backslashes escaped in every field; the password may hold bare colons', () => {
    expect(found('db.example:5432:a\\:b\\\\:me:x\\:y\\\\z:w', { database: 'a:b\\' })).toBe('x:y\\z:w');
    // An escaped asterisk is one, and nothing else.
    expect(found('\\*:5432:shop:me:no')).toBeUndefined();
  });

  it('calls a socket localhost, or by its folder', () => {
    expect(found('localhost:*:*:*:yes', { host: '/run/pg' })).toBe('yes');
    expect(found('/run/pg:*:*:*:yes', { host: '/run/pg' })).toBe('yes');
    expect(found('/run/pg:*:*:*:yes', { host: '/tmp' })).toBeUndefined();
    expect(found('localhost:*:*:*:no')).toBeUndefined();
  });

  it('is ignored with a warning when others may read it, or it is no file', async () => {
    const folder = await folderWith({ pgpass: '*:*:*:*:s3cret\n' });
    const file = join(folder, 'pgpass');
    const ask = (platform = 'linux') => passwordFromFile(file, account, platform);
    expect(await ask()).toEqual({ password: 's3cret', warning: undefined });
    await chmod(file, 0o640);
    expect(await ask()).toEqual({
      password: undefined,
      warning: `the password file ${file} is ignored: others may read it (chmod 600 ${file})`,
    });
    expect((await ask('win32')).password).toBe('s3cret');
    await mkdir(join(folder, 'sub'));
    expect((await passwordFromFile(join(folder, 'sub'), account, 'linux')).warning).toMatch(
      /no.* plain file$/,
    );
    expect(await passwordFromFile(join(folder, 'none'), account, 'linux')).toEqual({
      password: undefined,
      warning: undefined,
    });
  });
});
