/** PostgreSQL's programs in a place where the account that runs them can, with their libraries' links. */
import { join } from 'node:path';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
}

export function binariesIn(folder: string, platform: string): Binaries {
  const program = (name: string): string =>
    join(folder, 'native', 'bin', platform === 'win32' ? `${name}.exe` : name);
  return { postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
}
