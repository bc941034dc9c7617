/** Each query before and after: a table, then each query with its plans and text. */
import { formatMs, round } from '../../base/format.ts';
import type { Plan } from '../../plan/plan.ts';
import { type Html, html, NONE, when } from './html.ts';
import { colored, fold, list, meaningOf, preformatted, section, table } from './page.ts';
import { planSides } from './planTree.ts';

export interface PageSide {
  /** `928 ms`, `> 30 s`, `not measured` */
  readonly time: string;
  /** `8 runs, 900 ms–950 ms` */
  readonly detail: string;
  readonly plan: Plan | undefined;
}

export interface PageQuery {
  /** For links within this page. */
  readonly position: number;
  readonly number: number;
  /** Ends with the set's label if there are several sets. */
  readonly title: string;
  readonly before: PageSide;
  readonly after: PageSide;
  readonly samePlan: boolean;
  readonly change: string;
  /** The verdict: 'faster', 'slower', or another one. */
  readonly kind: string;
  /** `p = 0.03` */
  readonly evidence: string;
  readonly targetMs: number;
  readonly meetsTarget: boolean | undefined;
  /** Failures, answers of rewrites, functions with plans of their own. */
  readonly notes: readonly string[];
  readonly texts: readonly { readonly name: string; readonly sql: string }[];
}

export function queriesSection(queries: readonly PageQuery[]): Html {
  return section('Queries, before and after', overview(queries), html`${queries.map(article)}`);
}

const overview = (queries: readonly PageQuery[]): Html =>
  table(
    [
      { title: '#', kind: 'word' },
      { title: 'query', kind: 'wide' },
      { title: 'before', kind: 'number' },
      { title: 'after', kind: 'number' },
      { title: 'change', kind: 'short' },
      { title: 'target', kind: 'short' },
    ],
    queries.map(query => [
      String(query.number),
      html`<a href="#query-${query.position}">${query.title}</a>`,
      query.before.time,
      query.after.time,
      colored(query.change, meaningOf(query.kind)),
      target(query),
    ]),
  );

function target({ targetMs, meetsTarget }: PageQuery): Html {
  const state = meetsTarget === undefined ? 'not measured' : meetsTarget ? 'met' : 'missed';
  return html`${round(formatMs(targetMs))}: ${colored(state, meaningOf(state))}`;
}

function article(query: PageQuery): Html {
  const { before, after, samePlan } = query;
  const heading = (name: string, { time, detail }: PageSide) =>
    `${name}: ${time}${detail === '' ? '' : ` (${detail})`}`;
  const plans = samePlan
    ? planSides({ heading: heading('Before and after', after), plan: after.plan ?? before.plan }, undefined)
    : planSides(
        { heading: heading('Before', before), plan: before.plan },
        { heading: heading('After', after), plan: after.plan },
      );
  return html`<article id="query-${query.position}">
<div class="head"><h3>${query.number} ${query.title}</h3><span>${
    samePlan ? after.time : `${before.time} → ${after.time}`
  }</span>${colored(query.change, meaningOf(query.kind))}<span class="soft">${target(query)}</span></div>
${when(query.evidence !== '', () => html`<p class="soft">${query.evidence}</p>`)}
${list(query.notes)}
${samePlan ? fold('Plan', plans) : unfolded('Plans', plans)}
${query.texts.map(({ name, sql }) => fold(name, preformatted(sql)))}
</article>`;
}

const unfolded = (title: string, content: Html): Html =>
  content === NONE ? NONE : html`<details class="more" open><summary>${title}</summary>${content}</details>`;
