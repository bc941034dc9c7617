// npm's `prepare`: builds after `npm ci` and before `npm pack`. npx runs it too, for a clone that was never installed;
// failing there would leave a broken entry in npx's cache that outlives the installation. So without the build tool it
// does nothing: bin/pgopt-explore.js then says what to do.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../node_modules/esbuild', import.meta.url))) await import('./build.js');
