/** Pages made by hand, with the texts of a friendly or a hostile database. */
import { adviceOf } from '../../../src/advisor/advice/advice.ts';
import { choiceModel } from '../../../src/advisor/advice/models.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { checkDocument, shownPlan } from '../../../src/report/document.ts';
import { advicePage } from '../../../src/report/html/advicePage.ts';
import { checkPage } from '../../../src/report/html/checkPage.ts';
import { collect, NO_RESULTS } from '../../../src/report/results.ts';
import type { SessionEvent } from '../../../src/session/events.ts';
import { timeRequirements } from '../../helpers/demands.ts';
import { GIVEN, KEPT, planOf, SURVEY, WORKLOAD } from '../change/survey.ts';

/** Strings that mean something to the program; all others are data. */
const OURS: ReadonlySet<string> = new Set([
  ...['kind', 'state', 'how', 'change', 'verdict', 'severity', 'status', 'because', 'where', 'direction'],
  ...['judgement', 'before', 'after', 'advice', 'helps', 'refreshHow', 'nodeType', 'parentRelationship'],
  ...['type', 'at', 'plan', 'strategy', 'fingerprint', 'Plan', 'reason'],
]);

/** The same value with every text in it changed. Maps and sets stay what they are. */
function withTexts<T>(value: T, change: (text: string) => string, key = ''): T {
  const each = (one: unknown, name: string): unknown => {
    if (typeof one === 'string') return OURS.has(name) ? one : change(one);
    if (Array.isArray(one)) return one.map(part => each(part, name));
    if (one instanceof Map) return new Map([...one].map(([from, to]) => [from, each(to, '')]));
    if (one instanceof Set || one === null || typeof one !== 'object') return one;
    return Object.fromEntries(Object.entries(one).map(([name, part]) => [name, each(part, name)]));
  };
  return each(value, key) as T;
}

/** @param change Of every name, title, condition, error and SQL text. */
export async function adviceOfTexts(change: (text: string) => string): Promise<string> {
  const survey = withTexts(SURVEY, change);
  const requirements = timeRequirements(survey);
  const given = withTexts(
    {
      ...{ title: 'Shop', program: GIVEN.program, server: GIVEN.server, database: GIVEN.database },
      ...{ surroundings: GIVEN.surroundings, repeat: GIVEN.repeat, requirements: GIVEN.requirements },
      workload: await WORKLOAD,
    },
    change,
  );
  return advicePage({
    ...given,
    at: GIVEN.at,
    survey,
    kept: KEPT,
    advice: adviceOf(survey, requirements, 0.05),
    choice: choiceModel(survey, KEPT, requirements),
    isRecommended: true,
    whyNot: new Map(survey.proposals.map(({ id }) => [id, change('no query needs it')])),
    projections: new Map([[survey.proposals[0]?.id ?? '', { bytes: 5e9, assumption: change('bytes grow') }]]),
  });
}

/** A check of two queries: one with both plans, one that failed. */
export async function checkOfTexts(change: (text: string) => string): Promise<string> {
  const workload = await WORKLOAD;
  const [first, second] = workload.queries;
  const on = ['by_customer'];
  const plans = { before: planOf('seq-scan.analyzed'), after: planOf('index-scan-backward.analyzed') };
  const planned = (configuration: string, plan: Plan): SessionEvent => ({
    ...{ type: 'plan:estimated', queryId: first?.id ?? '', configuration, missing: [], plan },
    ...{ rewrite: undefined, revision: 1 },
  });
  const measured = (configuration: string, tree: Plan, ms: number): SessionEvent => ({
    ...{ type: 'measurement:finished', queryId: first?.id ?? '', configuration, revision: 1 },
    fingerprint: tree.fingerprint,
    measurement: { runsMs: [ms, ms, ms, ms], medianMs: ms, timedOutAfterMs: undefined, tree },
  });
  const events: readonly SessionEvent[] = [
    planned('', plans.before),
    planned('by_customer', plans.after),
    measured('', plans.before, 40),
    measured('by_customer', plans.after, 2),
    {
      ...{ type: 'plan:failed', queryId: second?.id ?? '', configuration: '', revision: 1 },
      reason: 'relation "orders" does not exist',
    },
  ];
  const results = events.reduce(collect, NO_RESULTS);
  const target = { label: 'shop', embedded: false, scale: undefined, loadedOn: undefined };
  const document = withTexts(
    checkDocument(workload, results, on, target, { program: '1.0.0', at: GIVEN.at }),
    change,
  );
  return checkPage({
    document,
    workload: withTexts(workload, change),
    planOf: (id, side) => {
      const own = workload.queries.find(one => change(one.id) === id)?.id ?? '';
      return withTexts(shownPlan(results, own, side === 'before' ? [] : on), change);
    },
    comparison: undefined,
    failures: [change('query 2: relation "orders" does not exist')],
  });
}

/** Each ends, opens or hides something somewhere in HTML, CSS or SVG. */
export const HOSTILE =
  `"'\`><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">` +
  '<!--</title></style></pre></svg><style>*{background:url(http://example.invalid/x)}</style>' +
  '&lt;b&gt;&#x3c;i&#x3e; url(http://example.invalid) ]]> {{x}} \u0000\u001b[31m\u202e\u2028 onload=x ';
