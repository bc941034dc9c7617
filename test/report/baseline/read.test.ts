import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBaseline } from '../../../src/report/baseline/read.ts';
import { refusalOf } from '../../helpers/refusal.ts';

const SIDE = { medianMs: 1, runsMs: [1], plan: [], fingerprint: 'f' };
const DOCUMENT = {
  format: 'pgopt-explore/check',
  version: 1,
  queries: [{ id: '01-all', before: SIDE, after: SIDE }],
};
const text = (over: object = {}) => JSON.stringify({ ...DOCUMENT, ...over }, null, 2);
const refused = (document: string) => refusalOf(() => readBaseline(document, 'plans.json'));

describe('an earlier check', () => {
  it('may know less than today’s, and more', () => {
    const old = readBaseline(text({ weather: { deep: [[[]]] }, target: { unheard: 1 } }), 'plans.json');
    expect(old).toMatchObject({ program: null, proposals: [], target: { tables: [], scale: null } });
    expect(old.queries[0]).toMatchObject({
      id: '01-all',
      title: '01-all',
      after: { medianMs: 1, meetsTarget: null, findings: [] },
    });
  });

  it.each([
    ['nothing', '', /^plans\.json:1:1: this is not JSON: .*: pass the complete output of `check --json`\n/],
    [
      'half of it',
      text().slice(0, 120),
      /^plans\.json:\d+:\d+: this is not JSON: .*`check --json`\n.*\n +\^$/,
    ],
    [
      'another document',
      '{\n "format": "pgopt-explore/plan" }',
      /^plans\.json:2:12: this is not a result of `check --json`/,
    ],
    ['a list', '[]', /^plans\.json:1:1: this is not a result of/],
    [
      'one of the future',
      text({ version: 2 }),
      /^plans\.json:3:14: version 2 of the format, .*: update pgopt-explore/,
    ],
    ['no version', text({ version: undefined }), /^plans\.json:1:1: version is missing/],
    ['no query', text({ queries: [] }), /^plans\.json:4:14: it contains no query: write a new baseline\n/],
  ])('is not %s', async (_, document, says) => {
    const said = await refused(document);
    expect(said).toMatch(says);
    expect(said.split('\n')).toHaveLength(3);
  });

  it('points at the value that is of the wrong kind', async () => {
    const wrong = { ...DOCUMENT.queries[0], after: { ...SIDE, runsMs: [1, 'two'] } };
    const document = text({ queries: [DOCUMENT.queries[0], wrong] });
    const said = await refused(document);
    const line = document.split('\n').findIndex(one => one.includes('"two"')) + 1;
    expect(said).toMatch(
      new RegExp(`^plans\\.json:${line}:11: queries\\[1\\]\\.after\\.runsMs\\[1\\] should be a number`),
    );
    expect(said.split('\n')[2]).toBe(`  ${' '.repeat(10)}^`);
  });

  it('points at the object that lacks something', async () => {
    const node = { depth: 0, nodeType: 'Seq Scan' };
    const document = text({ queries: [{ id: 'a', before: SIDE, after: { ...SIDE, plan: [node] } }] });
    expect(await refused(document)).toContain(
      'queries[0].after.plan[0].label is missing: it should be a text',
    );
  });

  it('is not of absurd depth, nor of absurd numbers of runs', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    const said = await refused(text().replace('"version"', `"deep": ${deep}, "version"`));
    expect(said).toMatch(/^plans\.json:3:110: this is nested more than 100 levels deep: /);
    const runsMs = Array.from({ length: 1001 }, () => 1);
    expect(
      await refused(text({ queries: [{ id: 'a', before: SIDE, after: { ...SIDE, runsMs } }] })),
    ).toContain('runsMs should be a list of at most 1000');
  });

  it('sends nothing to the terminal when it is refused', async () => {
    const said = await refused(
      text({ queries: [{ id: '\u001b[2J', before: 1 }] }).replace('"before": 1', '"before": "\u001b"'),
    );
    expect(said).not.toContain('\u001b');
  });

  it('is read or refused, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.json({ maxDepth: 4 }),
        fc.constantFrom('target', 'queries', 'proposals', 'at'),
        async (value, key) => {
          const { [key as 'queries']: _, ...rest } = DOCUMENT;
          await refused(JSON.stringify(rest).replace(/\}$/, `, ${JSON.stringify(key)}: ${value}}`));
        },
      ),
    );
  });
});
