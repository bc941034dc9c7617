/** The built program, and the environment it is run with: like a person's, but for the cache. */
import { join } from 'node:path';
import { packageFolder } from '../src/cli/packageFile.ts';

export const PROGRAM = join(packageFolder(), 'bin', 'pgopt-explore.js');

/** Without CI, where Ink prints the last frame only, and without colors switched off. */
export function programEnv(cacheRoot: string): NodeJS.ProcessEnv {
  const { CI, CONTINUOUS_INTEGRATION, NO_COLOR, NODE_ENV, NODE_OPTIONS, ...env } = process.env;
  return { ...env, PGOPT_EXPLORE_CACHE: cacheRoot, TERM: 'xterm-256color' };
}
