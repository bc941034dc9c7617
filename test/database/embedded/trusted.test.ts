import { chmod, chown, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startEmbeddedServer } from '../../../src/database/embedded/server.ts';
import { untrustedFolder } from '../../../src/database/embedded/source.ts';
import { isRoot, newFolder } from './caches.ts';

const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
/** An account id that is not in use. */
const OTHER = 54321;

async function nested(): Promise<{ readonly outer: string; readonly inner: string }> {
  const outer = join(await newFolder(), 'outer');
  const inner = join(outer, 'inner');
  await mkdir(inner, { recursive: true });
  for (const folder of [outer, inner]) await chmod(folder, 0o755);
  return { outer, inner };
}

it('a folder that every account may write to is not safe, unless it is sticky', async () => {
  const { outer, inner } = await nested();
  expect(await untrustedFolder(inner, self)).toBeUndefined();
  expect(await untrustedFolder(join(inner, 'not', 'there', 'yet'), self)).toBeUndefined();
  await chmod(outer, 0o777);
  for (const path of [inner, join(inner, 'not', 'yet')])
    expect(await untrustedFolder(path, self)).toBe(`${outer} is writable for every user`);
  await chmod(outer, 0o1777);
  expect(await untrustedFolder(inner, self)).toBeUndefined();
  await chmod(outer, 0o775);
  expect(await untrustedFolder(inner, { ...self, gid: OTHER })).toBe(
    `${outer} is writable for another group`,
  );
});

it('nor is one that a link leads through', async () => {
  const { outer, inner } = await nested();
  const link = join(await newFolder(), 'link');
  await symlink(inner, link);
  await chmod(outer, 0o777);
  expect(await untrustedFolder(join(link, 'cache'), self)).toBe(`${outer} is writable for every user`);
});

it.runIf(isRoot)(
  'nor is one of another user: the server is not started, and the line names the folder',
  async () => {
    const { outer, inner } = await nested();
    await chown(outer, OTHER, OTHER);
    await expect(startEmbeddedServer({ cacheRoot: inner, env: process.env })).rejects.toMatchObject({
      code: 'embedded-no-permission',
      message: `the cache in ${inner} is not safe: ${outer} belongs to another user`,
    });
    await chmod(outer, 0o1777);
    expect(await untrustedFolder(inner, self)).toBeUndefined();
  },
);
