/** Every configuration: `advise` against brute force, on the demo's five proposals and on ten generated ones. */

import { choicesOf } from '../../src/advisor/smallest.ts';
import { costsOf, idsOf, planUnder, type Survey } from '../../src/advisor/survey.ts';
import { median } from '../../src/base/statistics.ts';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';
import type { TableFact } from '../../src/session/events.ts';
import { openSession } from '../../src/session/opening.ts';
import { startSurvey } from '../../src/survey/runSurvey.ts';
import type { Workload } from '../../src/workload/workload.ts';
import { timeRequirements } from '../../test/helpers/demands.ts';
import { type BruteForce, bruteForce } from '../bruteForce.ts';
import { onGenerated } from '../generated.ts';
import { openStage, type Stage } from '../stage.ts';
import type { Comparison } from '../table.ts';

/** By hand the demo's slow plans run hundreds of times: on more rows that takes hours. */
const LARGEST_SCALE = 0.001;

export async function advising(stage: Stage): Promise<Comparison[]> {
  const small =
    stage.scale <= LARGEST_SCALE ? stage : await openStage(LARGEST_SCALE, new AbortController().signal);
  try {
    const demo = await compare(`advise, n = 5, demo ×${small.scale}`, small.shop, small.workload);
    const generated = await onGenerated(small, (settings, workload) =>
      compare('advise, n = 10, generated', settings, workload),
    );
    return [demo, generated];
  } finally {
    if (small !== stage) await small.close();
  }
}

async function compare(title: string, settings: ConnectionSettings, workload: Workload): Promise<Comparison> {
  const startedAt = performance.now();
  const survey = await surveyed(settings, workload);
  const ms = performance.now() - startedAt;
  const brute = await bruteForce(settings, workload);
  const { effort } = survey;
  const share = (ours: number, theirs: number) =>
    `${ours} of ${theirs} (${((100 * ours) / theirs).toFixed(1)} %)`;
  return {
    title,
    ours: { name: 'advise', ms: [ms] },
    against: { name: 'brute force', ms: [brute.ms] },
    notes: [
      `EXPLAINs ${share(effort.explains, brute.explains)}, executions ${share(effort.executions, brute.executions)}, builds ${share(effort.builds, brute.builds)}`,
      `${new Set(survey.queries.flatMap(({ plans }) => plans.map(plan => plan.fingerprint))).size} distinct plans in ${effort.cells} cells; ${answers(survey, brute)}`,
    ],
  };
}

async function surveyed(settings: ConnectionSettings, workload: Workload): Promise<Survey> {
  const session = await openSession({ settings, workload, eager: false, now: Date.now });
  try {
    let tables: readonly TableFact[] = [];
    session.subscribe(event => {
      if (event.type === 'session:opened') ({ tables } = event);
    });
    const options = { verify: false, budgetMs: 3_600_000, plansOnly: false };
    const running = startSurvey(
      session,
      workload,
      tables,
      options,
      () => undefined,
      () => performance.now(),
    );
    return (await running.ended).survey;
  } finally {
    await session.close();
  }
}

/** @throws Error where brute force gives another plan anywhere, or another cheapest set that meets all targets. */
function answers(survey: Survey, { cells }: BruteForce): string {
  let different = 0;
  for (const [configuration, found] of cells)
    for (const query of survey.queries)
      if (planUnder(survey, query, configuration)?.fingerprint !== found.get(query.id)?.fingerprint)
        different++;
  // The least of a thousand noisy totals is the luckiest one: a plan's time is the median of all cells that have it.
  const times = new Map<string, number[]>();
  for (const found of cells.values())
    for (const [id, { fingerprint, ms }] of found)
      times.set(`${id} ${fingerprint}`, [...(times.get(`${id} ${fingerprint}`) ?? []), ms]);
  const medians = new Map([...times].map(([key, ms]) => [key, median(ms) ?? 0]));
  const total = (configuration: number) =>
    [...(cells.get(configuration) ?? [])].reduce(
      (sum, [id, { fingerprint }]) => sum + (medians.get(`${id} ${fingerprint}`) ?? 0),
      0,
    );
  const ours = choicesOf(survey, timeRequirements(survey)).cheapest?.configuration ?? 0;
  const meeting = [...cells.keys()].filter(configuration =>
    survey.queries.every(({ id, targetMs }) => (cells.get(configuration)?.get(id)?.ms ?? 0) < targetMs),
  );
  const bytes = (configuration: number) => costsOf(survey, configuration).bytes;
  const theirs = meeting.sort((a, b) => bytes(a) - bytes(b))[0] ?? 0;
  if (different > 0) throw new Error(`brute force gives another plan in ${different} cells`);
  if (ours !== theirs)
    throw new Error(
      `brute force keeps ${idsOf(survey, theirs).join(' ')}, we ${idsOf(survey, ours).join(' ')}`,
    );
  const { recommended } = choicesOf(survey, timeRequirements(survey));
  const least = Math.min(...[...cells.keys()].map(total));
  const said =
    recommended === undefined
      ? 'nothing was recommended'
      : `by brute force's times the recommended set takes ${((total(recommended.configuration) / least - 1) * 100).toFixed(1)} % more than its fastest`;
  return `the plans of all cells and the cheapest set are equal; ${said}`;
}
