// The declarations of `pgopt-explore/plan`: what src/plan/index.ts exports, and what that names; nothing else of src/.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IMPORTED = /(from\s+|import\()(['"])(\.{1,2}\/[^'"]+)\.ts\2/g;

/** @param {string} folder Gets `plan/index.d.ts` and its neighbors. */
export async function writePlanTypes(folder) {
  const all = await mkdtemp(join(tmpdir(), 'pgopt-explore-types-'));
  try {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.plan.json'), '--outDir', all], {
      stdio: 'inherit',
    });
    const waiting = [join(all, 'plan/index.d.ts')];
    const seen = new Set(waiting);
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const text = await readFile(file, 'utf8');
      for (const [, , , target = ''] of text.matchAll(IMPORTED)) {
        const next = resolve(dirname(file), `${target}.d.ts`);
        if (!seen.has(next)) waiting.push(next);
        seen.add(next);
      }
      const place = join(folder, relative(all, file));
      await mkdir(dirname(place), { recursive: true });
      // Declarations name the modules as they are named at run time.
      await writeFile(place, text.replace(IMPORTED, '$1$2$3.js$2'));
    }
  } finally {
    await rm(all, { recursive: true, force: true });
  }
}
