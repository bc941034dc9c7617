/** `pgopt-explore/plan`, as an installed package has it: the built file, its types, and the page about it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plainEnvironment } from '../helpers/terminal.ts';
import { PACKAGE } from './built.ts';

let folder = '';
const env = Object.fromEntries(
  Object.entries(plainEnvironment(process.env)).filter(([name]) => !name.startsWith('npm_')),
);
const execute = promisify(execFile);
/** @returns Standard output. @throws Where the exit code is not 0, with what it printed. */
const ran = async (file: string, args: readonly string[], cwd = folder): Promise<string> => {
  try {
    return (await execute(file, args, { cwd, env })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${file} ${args.join(' ')}: ${stdout}${stderr}`);
  }
};

/** The package as npm packs it, without any of its dependencies. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-library-'));
  await ran('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], PACKAGE);
  const [tarball = ''] = await readdir(folder);
  const place = join(folder, 'node_modules/pgopt-explore');
  await mkdir(place, { recursive: true });
  await ran('tar', ['-xzf', tarball, '-C', place, '--strip-components=1']);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

it('runs the example of its page, and prints what the page says', async () => {
  const page = await readFile(join(PACKAGE, 'docs/plan-library.md'), 'utf8');
  const [, example = '', output] =
    /```js\n([\s\S]*?)```\n\nprints\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  await writeFile(join(folder, 'example.js'), example);
  expect(await ran('node', ['example.js'])).toBe(output);
});

it('needs no package beside itself, and loads nothing but its own file', async () => {
  const file = await readFile(join(folder, 'node_modules/pgopt-explore/dist/plan.js'), 'utf8');
  const imported = [
    ...file.matchAll(
      /^(?:import|export)\b[^;]*?from\s*["']([^"']+)["'];|\b(?:import|require)\(["']([^"']+)["']\)/gm,
    ),
  ];
  const names = imported.map(([, from, dynamic]) => from ?? dynamic ?? '');
  expect(names).toContain('node:crypto');
  expect(names.filter(name => !isBuiltin(name))).toEqual([]);
  const text = await ran('node', [
    '--input-type=module',
    '-e',
    `const library = await import('pgopt-explore/plan'); console.log(JSON.stringify(Object.keys(library).sort()))`,
  ]);
  expect(JSON.parse(text)).toEqual([
    'PlanError',
    'comparePlans',
    'estimatedRows',
    'findings',
    'nodesOf',
    'parsePlan',
  ]);
});

it('reads text and parsed JSON of several statements, and says where an error is', async () => {
  await writeFile(
    join(folder, 'errors.js'),
    `import { parsePlan, PlanError } from 'pgopt-explore/plan';
     const plan = { Plan: { 'Node Type': 'Result' } };
     console.log(parsePlan([plan, plan]).length, parsePlan(JSON.stringify([plan])).length, parsePlan({ 'QUERY PLAN': [plan] }).length);
     for (const input of ['[{"Plan": {\\n "Node Type": }}]', {}, 'no plan at all', 42]) {
       try {
         parsePlan(input);
         console.log('read');
       } catch (error) {
         console.log(error instanceof PlanError, error.name, error.line, error.column, error.hint.length > 0);
       }
     }`,
  );
  expect(await ran('node', ['errors.js'])).toBe(
    '2 1 1\ntrue PlanError 2 15 true\ntrue PlanError undefined undefined true\ntrue PlanError 1 1 true\ntrue PlanError undefined undefined true\n',
  );
});

it('has types that strict TypeScript checks, in ESM, without skipLibCheck', async () => {
  await writeFile(
    join(folder, 'use.ts'),
    `import { comparePlans, findings, nodesOf, parsePlan, PlanError, estimatedRows } from 'pgopt-explore/plan';
     import type { Comparison, Finding, Plan, PlanNode, Severity } from 'pgopt-explore/plan';
     const [plan, other]: readonly [Plan, ...Plan[]] = parsePlan('');
     const nodes: readonly PlanNode[] = nodesOf(plan);
     const found: readonly Finding[] = findings(plan, { largeTableRows: 10, tableRows: name => (name === 't' ? 3 : undefined) });
     const severity: Severity | undefined = found[0]?.severity;
     const difference: Comparison = comparePlans(plan, other ?? plan);
     export const ms: number | undefined = nodes[0]?.actual?.exclusiveMs;
     export const all = [severity, difference.findings.gone, estimatedRows(plan), difference.steps[0]?.nodeAfter];
     export const line = (error: unknown): number | undefined => (error instanceof PlanError ? error.line : undefined);
     // @ts-expect-error What a session alone knows is not part of the library.
     export const uses = plan.uses;`,
  );
  const tsc = join(PACKAGE, 'node_modules/typescript/bin/tsc');
  for (const resolution of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const [module = '', how = ''] = resolution;
    await ran('node', [
      tsc,
      '--noEmit',
      '--strict',
      '--target',
      'es2023',
      '--module',
      module,
      '--moduleResolution',
      how,
      '--types',
      '',
      'use.ts',
    ]);
  }
});

it('leaves the rest of the package closed, and the program works', async () => {
  await expect(
    ran('node', ['--input-type=module', '-e', `await import('pgopt-explore/dist/cli.js')`]),
  ).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  expect(await ran('node', [join(PACKAGE, 'bin/pgopt-explore.js'), '--version'])).toMatch(
    /^\d+\.\d+\.\d+\n$/,
  );
});
