/** Whatever data holds: nothing that is printed or written hides, steers, or is a command to a runner; and a full disk is one line. */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../helpers/database.ts';
import { folderWith } from '../helpers/folder.ts';
import { BIN } from './built.ts';
import { cacheOfFile } from './caches.ts';
import { runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
/** Reorders, hides, blanks, tags, a selector, C1, and what GitHub's runner obeys. */
const EVIL = 'e\u202ev\u200bi\u3164l\u2800\u034f\ufe0f\u{e0041}\u009b2J';
const OBEYED = '::error::owned ##[add-mask]x';
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]|(?![\n\t])\p{Cc}/u;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('output', [
    `CREATE TABLE "t${EVIL}" ("c${EVIL}" text, n int)`,
    `INSERT INTO "t${EVIL}" SELECT 'v${EVIL}' || g % 7, g FROM generate_series(1, 5000) g`,
    `CREATE INDEX "i${EVIL}" ON "t${EVIL}" ("c${EVIL}")`,
    `COMMENT ON TABLE "t${EVIL}" IS 'x${EVIL}'`,
    'VACUUM (ANALYZE)',
  ]);
});
afterAll(() => database.drop());

const FILES = {
  'schema/workload.json': JSON.stringify({ title: `${OBEYED} ${EVIL}` }),
  'queries/01-evil.sql': `-- ${OBEYED} ${EVIL}\nSELECT count(*) AS "a${EVIL}" FROM "t${EVIL}" WHERE n = 3 AND "c${EVIL}" <> '${EVIL}';\n`,
  'queries/02-broken.sql': `-- ${OBEYED}\nSELECT * FROM "::error::${EVIL}";\n`,
  'schema/proposals/evil.sql': `CREATE INDEX "p${EVIL}" ON "t${EVIL}" (n) WHERE "c${EVIL}" <> '${EVIL}';\n`,
};

function connection(): { readonly url: string; readonly env: NodeJS.ProcessEnv } {
  const { host, port, user, database: name, password } = database.settings;
  const url = `postgresql://${user}@/${name}?host=${encodeURIComponent(host)}&port=${port}`;
  return { url, env: { PGPASSWORD: password } };
}

function expectHarmless(what: string, text: string): void {
  const line = text.split('\n').find(one => HIDDEN.test(one));
  expect(line === undefined ? undefined : JSON.stringify(line), what).toBeUndefined();
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}

it('of no command hides or steers', async () => {
  const { url, env } = connection();
  const folder = await workloadFolder(FILES);
  const out = await folderWith({});
  const written = [join(out, 'change'), join(out, 'new')];
  const plan = join(out, 'plan.json');
  const commands = [
    ['check', folder, '--yes', '--url', url],
    ['check', folder, '--yes', '--url', url, '--json'],
    [
      'advise',
      folder,
      '--yes',
      '--url',
      url,
      '--budget',
      '1s',
      '--write',
      join(out, 'change'),
      '--keep',
      'evil',
    ],
    ['advise', folder, '--yes', '--url', url, '--budget', '1s', '--json'],
    ['lens', '--url', url],
    ['init', join(out, 'new'), '--url', url],
    ['check', join(folder, EVIL), '--url', url],
    ['plan', join(folder, 'schema', 'workload.json')],
    ['plan', plan],
    ['plan', plan, '--json'],
  ];
  const [row] = await database.link.query(
    `EXPLAIN (FORMAT JSON, ANALYZE) SELECT * FROM "t${EVIL}" WHERE "c${EVIL}" = '${EVIL}' ORDER BY n`,
  );
  await writeFile(plan, JSON.stringify(row?.['QUERY PLAN']));
  for (const args of commands) {
    const { stdout, stderr } = await runPiped({ cache, args, env });
    expect(stdout + stderr, args.join(' ')).not.toBe('');
    expectHarmless(`${args.join(' ')} on stdout`, stdout);
    expectHarmless(`${args.join(' ')} on stderr`, stderr);
  }
  for (const folder of written) {
    const files = await filesIn(folder);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expectHarmless(file, await readFile(file, 'utf8'));
  }
}, 180_000);

it('of check is no command to GitHub’s runner but its own', async () => {
  const { url, env } = connection();
  const folder = await workloadFolder(FILES);
  const args = ['check', folder, '--yes', '--url', url];
  const baseline = join(await folderWith({}), 'base.json');
  const first = await runPiped({ cache, args: [...args, '--json'], env });
  await writeFile(baseline, first.stdout);
  const actions = { ...env, GITHUB_ACTIONS: 'true' };
  for (const more of [[], ['--json'], ['--baseline', baseline], ['--baseline', baseline, '--json']]) {
    const { stdout, stderr } = await runPiped({ cache, args: [...args, ...more], env: actions });
    for (const line of `${stdout}\n${stderr}`.split('\n')) {
      expect(line).not.toContain('##[');
      expect(line, 'data begins no line').toMatch(/^($|[ {}]|::)/);
      if (/^\s*::/.test(line))
        expect(line).toMatch(/^::(error|warning|notice|group|endgroup)( |::)(?!owned)/);
    }
  }
  for (const bad of [
    ['check', `::error::${OBEYED}`],
    ['check', '--only', OBEYED],
    [`check`, '--baseline', OBEYED],
  ]) {
    const { stdout, stderr } = await runPiped({ cache, args: bad, env: actions });
    expect(stderr).not.toBe('');
    expect(`${stdout}\n${stderr}`).not.toMatch(/^\s*::|##\[|^\S/m);
  }
}, 120_000);

it.runIf(process.platform === 'linux')('that finds no room is one line', async () => {
  const { url, env } = connection();
  const folder = await workloadFolder({ 'queries/01-one.sql': 'SELECT 1;\n' });
  const commands = [
    ['--help'],
    ['--version'],
    ['check', folder, '--yes', '--url', url, '--json'],
    ['lens', '--url', url],
  ];
  for (const args of commands) {
    const child = spawn(process.execPath, [BIN, ...args], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      env: { ...process.env, ...env },
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    expect(await new Promise(resolve => child.once('close', resolve)), args.join(' ')).toBe(1);
    // Reading a lens says on stderr what it read.
    expect(said.trim().split('\n').at(-1), args.join(' ')).toBe(
      'pgopt-explore: cannot write to standard output: no space is left on the device: free some space, or redirect the output to another disk',
    );
  }
});
