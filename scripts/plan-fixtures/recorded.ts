/** Where recorded plans lie. A version that prints what the version before it printed has no file of its own. */
import { existsSync } from 'node:fs';
import { MAJORS } from './case.ts';

export const FOLDER = new URL('../../test/fixtures/plans/', import.meta.url);

/** The file of the latest version up to `major` that has one; where none has, the one that should be there. */
export function recordedFile(major: number, name: string): URL {
  const url = (version: number) => new URL(`${version}/${name}`, FOLDER);
  const recorded = MAJORS.filter(version => version <= major).findLast(version => existsSync(url(version)));
  return url(recorded ?? major);
}
