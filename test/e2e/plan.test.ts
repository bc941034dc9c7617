/** `pgopt-explore plan`: saved plans on a terminal and in pipes, without any database. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openTerminal, plainEnvironment, type Terminal, type TerminalOptions } from '../helpers/terminal.ts';
import { BIN, ensureBuilt, PACKAGE } from './built.ts';
import { startFile } from './programs.ts';

const PLANS = join(PACKAGE, 'test', 'fixtures', 'plans');
const BEFORE = join(PLANS, '15', 'index-instead-of-sequential.before.json');
const AFTER = join(PLANS, '15', 'index-instead-of-sequential.after.json');
const SORT = join(PLANS, '18', 'sort-on-disk.analyzed.txt');

beforeAll(ensureBuilt);

function terminal(options: Partial<TerminalOptions> & Pick<TerminalOptions, 'args'>): Terminal {
  const opened = openTerminal({ file: process.execPath, cwd: tmpdir(), env: process.env, ...options });
  onTestFinished(() => opened.dispose());
  return opened;
}

const piped = (...args: string[]) =>
  startFile(process.execPath, [BIN, 'plan', ...args], tmpdir(), plainEnvironment(process.env)).outcome;

async function file(name: string, text: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-plan-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe('on a terminal', () => {
  it('shows two plans in step, walks their changes, and gives the terminal back', async () => {
    const app = terminal({ args: [BIN, 'plan', BEFORE, AFTER] });
    await app.until(/After .*\n[\s\S]*Index Only Scan|IdxOnly/, 'both plans');
    expect(app.alternate).toBe(true);
    app.type('n');
    await app.until(/change 1 of \d/, 'the biggest change');
    app.type('u');
    await app.until(/Before → after/, 'the unified view');
    app.type('q');
    expect(await app.exit).toEqual({ code: 0, signal: 0 });
    expect(app.switches).toEqual({ entered: 1, left: 1 });
    expect(app.cursorVisible).toBe(true);
    expect(app.lineDiscipline()).toEqual(expect.arrayContaining(['echo', 'icanon', 'isig']));
  });

  it('takes the plan from a pipe and its keys from the terminal', async () => {
    const app = terminal({ file: 'sh', args: ['-c', `cat ${SORT} | "${process.execPath}" "${BIN}" plan -`] });
    await app.until(/Sort/, 'the plan');
    app.type('?');
    await app.until(/Help/, 'the help');
    app.type('qq');
    expect(await app.exit).toEqual({ code: 0, signal: 0 });
  });

  it('copies by OSC 52 what every viewer reads', async () => {
    const app = terminal({ args: [BIN, 'plan', BEFORE] });
    await app.until(/Seq Scan/, 'the plan');
    app.type('Y');
    await app.until(/copied the plan/, 'the answer');
    const encoded = app.raw().split('\u001b]52;c;')[1]?.split('\u0007')[0] ?? '';
    const copied = await file('copied.json', Buffer.from(encoded, 'base64').toString('utf8'));
    expect((await piped(copied)).stdout).toBe((await piped(BEFORE)).stdout);
    app.type('q');
    await app.exit;
  });

  it('ends with 130 after Ctrl-C, and is without colors under NO_COLOR', async () => {
    const app = terminal({ args: [BIN, 'plan', BEFORE], env: { ...process.env, NO_COLOR: '1' } });
    await app.until(/Seq Scan/, 'the plan');
    expect(
      app
        .raw()
        .split('\u001b[3')
        .slice(1)
        .filter(rest => /^[0-7]m/.test(rest)),
    ).toEqual([]);
    app.type('\u0003');
    expect(await app.exit).toEqual({ code: 130, signal: 0 });
  });
});

describe('in a pipe', () => {
  it('prints the tree as text, the whole of every label, without escapes', async () => {
    const { code, stdout, stderr } = await piped(SORT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Sort Method: external merge');
    expect(stdout).toContain('warning spill: Sort');
    expect(stdout).not.toContain('\u001b');
  });

  it('prints the difference of two', async () => {
    const { code, stdout } = await piped(BEFORE, AFTER);
    expect(code).toBe(0);
    expect(stdout).toContain('Seq Scan → Index Only Scan using orders_date');
    expect(stdout).toMatch(/Another plan: 2 changed .*1 removed/);
    expect((await piped(BEFORE, BEFORE)).stdout).toContain('The same plan.');
  });

  it('prints the model as JSON', async () => {
    const { stdout } = await piped('--json', BEFORE, AFTER);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ format: 'pgopt-explore/plan', version: 1, files: [BEFORE, AFTER] });
    expect(document.statements[0].difference.changes[0].status).toBe('changed');
    expect(document.statements[0].before.nodes).toHaveLength(3);
  });

  it('reads UTF-16 as Windows’ shells write it, and says what is no text', async () => {
    const text = '\ufeffSeq Scan on orders  (cost=0.00..9.00 rows=5 width=4)\n';
    const wide = await file('wide.txt', Buffer.from(text, 'utf16le'));
    expect((await piped(wide)).stdout).toContain('Seq Scan on orders');
    const { code, stderr } = await piped(await file('binary', Buffer.from([1, 0, 2, 0])));
    expect(code).toBe(2);
    expect(stderr).toMatch(/binary is not text: /);
  });

  it('says when two files hold different numbers of statements', async () => {
    const one = 'Seq Scan on orders  (cost=0.00..9.00 rows=5 width=4)\n';
    const plans = JSON.stringify([{ Plan: { 'Node Type': 'Result' } }, { Plan: { 'Node Type': 'Result' } }]);
    const { stdout } = await piped(await file('one.txt', one), await file('two.json', plans));
    expect(stdout).toMatch(/^The files hold 1 and 2 statements: /);
  });

  it('reads standard input', () => {
    const input = '  Seq Scan on t  (cost=0.00..35.50 rows=10 width=4)\n   Filter: (n > 1)\n';
    const stdout = execFileSync(process.execPath, [BIN, 'plan', '-'], { input, encoding: 'utf8' });
    expect(stdout).toContain('Seq Scan on t');
    expect(stdout).toContain('Filter: (n > 1)');
  });
});

describe('what is not a plan', () => {
  it('gets its file, line and caret', async () => {
    const broken = await file('broken.json', '[\n  {"Plan": {"Node Type" "Seq Scan"}}\n]\n');
    const { code, stdout, stderr } = await piped(broken);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/broken\.json:2:\d+: this is not JSON/);
    expect(lines[1]).toBe('    {"Plan": {"Node Type" "Seq Scan"}}');
    expect(lines[2]).toMatch(/^ +\^$/);
  });

  it.each([
    [['/nowhere/plan.json'], /cannot read \/nowhere\/plan\.json: there is no such file/],
    [[tmpdir()], /cannot read .*: it is a folder/],
    [[], /missing required argument 'file'/],
    [['-', '-'], /standard input can be read once only/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await piped(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('an option about a database is refused', async () => {
    const outcome = await startFile(
      process.execPath,
      [BIN, '--scale', '1', 'plan', BEFORE],
      tmpdir(),
      plainEnvironment(process.env),
    ).outcome;
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('--scale does not apply to plan');
  });
});
