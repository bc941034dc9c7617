/** What a connection to a lens finds set: the planner's settings of its database, and its search_path. */
import { identifier, literal } from '../../base/sql.ts';
import type { Link } from '../../database/link.ts';
import type { Hidden, LensDocument } from '../document.ts';

/** cant_change_runtime_param: max_worker_processes, which says no more than what EXECUTE would get. */
const ONLY_AT_START = '55P02';

/** @returns What the server did not take: another major has other settings. */
export async function setSettings(
  link: Link,
  lens: string,
  { searchPath, settings }: LensDocument,
  ownSchema: string,
): Promise<readonly Hidden[]> {
  const path = [ownSchema, ...searchPath].map(identifier).join(', ');
  const all = Object.entries(settings);
  const set = (name: string, value: string) => `ALTER DATABASE ${identifier(lens)} SET ${name} = ${value}`;
  const [, ...answers] = await link.batch([
    set('search_path', path),
    ...all.map(([name, value]) => set(identifier(name), literal(value))),
  ]);
  return answers.flatMap((answer, position) =>
    'error' in answer && answer.error.code !== ONLY_AT_START
      ? [{ what: `setting ${all[position]?.[0]}`, why: `it could not be set: ${answer.error.message}` }]
      : [],
  );
}
