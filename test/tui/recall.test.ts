/** A plan through an approximate index: how many rows came back stands beside the time. */
import { expect, it } from 'vitest';
import type { Planned } from '../../src/tui/state/state.ts';
import { inLine, planName } from '../helpers/shown.ts';
import { type Explorer, exploring } from './explorer.ts';

let explorer: Explorer | undefined;

it.each([60, 80, 120, 200])('at %i columns', async columns => {
  explorer = await exploring(columns, 40);
  const { screen, session } = explorer;
  explorer.press('a');
  session.settle();
  const { queryId, on, revision, plans } = screen.state();
  const configuration = [...on].sort().join('+');
  const planned = Object.values(plans[queryId] ?? {}).findLast(
    (one): one is Planned & { state: 'planned' } => one.state === 'planned',
  );
  if (planned === undefined) throw new Error('nothing is planned');
  const key = Object.keys(plans[queryId] ?? {}).at(-1) ?? configuration;
  const rewrite = 'near (approximate)';
  const answer = {
    verdict: 'different',
    rows: undefined,
    differing: { original: 2, rewrite: 2 },
    columns: [],
    samples: { original: [], rewrite: [] },
    explanation: 'recall 8 of 10: the index is approximate',
    how: '',
    recall: { found: 8, exact: 10 },
  } as const;
  screen.dispatch({
    type: 'plan:estimated',
    queryId,
    configuration: key,
    revision,
    plan: planned.plan,
    missing: [],
    rewrite,
  });
  screen.dispatch({ type: 'answer:compared', queryId, rewrite, answer });
  const lines = (await screen.frame()).split('\n');
  const row = lines.find(line => /^.{0,4}1≠/.test(line)) ?? expect.fail(lines.join('\n'));
  expect(row).toContain('8 of 10');
  if (columns >= 100) expect(lines.join('\n')).toMatch(inLine(planName('after', 1), /· (?:recall )?8 of 10/));
});
