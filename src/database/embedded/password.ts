/** The random password of the embedded server, in a file that only its owner reads. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, rm, writeFile } from 'node:fs/promises';
import { PgoptError } from '../../base/errors.ts';
import { errnoOf } from './errno.ts';

/**
 * Reads the password, or makes one when there is none. Two that start at once get the same: the file is written
 * aside and linked into place, which succeeds once.
 * @param replaceBroken Put a new one in the place of a file that holds none.
 * @returns The password: URL-safe characters only.
 * @throws PgoptError embedded-broken-cache when the file holds none.
 */
export async function keepPassword(path: string, replaceBroken: boolean): Promise<string> {
  const found = await readPassword(path);
  if (found !== undefined && found !== '') return found;
  if (found === '' && !replaceBroken) throw new PgoptError('embedded-broken-cache', `${path} is empty`);
  if (found === '') await rm(path, { force: true });
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const kept = await readPassword(path);
  if (kept === undefined)
    throw new PgoptError('embedded-broken-cache', `${path} is gone as soon as it is written`);
  return kept;
}

/** @returns undefined when there is no file. */
async function readPassword(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return (await file.readFile('utf8')).trim();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
