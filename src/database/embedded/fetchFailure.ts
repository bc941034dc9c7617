/** From what npm said when it failed to one clear line. */
import { PgoptError } from '../../errors.ts';
import type { Layout } from './layout.ts';
import type { Installed } from './npm.ts';

export function fetchFailure({ major, root }: Layout, failed: Installed & { ok: false }): PgoptError {
  if (failed.why === 'no-npm') {
    return new PgoptError(
      'embedded-no-major',
      `PostgreSQL ${major} is not on this machine, and neither is npm, which would fetch it`,
      { next: `install PostgreSQL ${major} from your system’s packages, or npm` },
    );
  }
  if (/ENOSPC|EDQUOT/.test(failed.said)) {
    return new PgoptError(
      'embedded-no-space',
      `no space left for PostgreSQL ${major} in ${root}, or for npm’s own cache`,
    );
  }
  const reason = reasonIn(failed.said);
  return new PgoptError(
    'embedded-no-major',
    `PostgreSQL ${major} is not on this machine, and npm could not fetch it${reason === undefined ? '' : ` (${reason})`}`,
    { next: `go online once, or install PostgreSQL ${major} from your system’s packages` },
  );
}

/** npm's code and the reason it adds, if any; else its last line. */
function reasonIn(said: string): string | undefined {
  const lines = said.split('\n').map(line => line.replace(/^npm (?:error|ERR!)\s*/, '').trim());
  const code = lines.find(line => /^code [A-Z]\w+$/.test(line))?.slice('code '.length);
  const reason = /\breason: (.*)/.exec(said)?.[1]?.trim();
  const told = reason?.includes(code ?? '') === true ? reason : [code, reason].filter(Boolean).join(', ');
  const text = told || lines.findLast(line => line !== '');
  // A proxy or a registry may be named with a password.
  return text
    ?.replace(/\/\/[^/\s]*@/g, '//')
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}
