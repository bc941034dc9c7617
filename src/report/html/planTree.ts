/** A query's plans before and after: two trees with one metric and one scale. */
import { formatCount, formatMs, formatThousands } from '../../base/format.ts';
import { inclusiveCosts } from '../../plan/accounting/costs.ts';
import { estimatedRows } from '../../plan/accounting/estimates.ts';
import { selfAmounts } from '../../plan/accounting/exclusive.ts';
import { detailTexts } from '../../plan/details.ts';
import { type DiffStatus, diffPlans } from '../../plan/difference/diff.ts';
import type { Plan, PlanNode } from '../../plan/plan.ts';
import { flattenPlan } from '../../plan/tree.ts';
import { nodeLabel } from '../planText.ts';
import { type Html, html, NONE, when } from './html.ts';

interface Side {
  /** `Before: 812 ms, 8 runs` */
  readonly heading: string;
  readonly plan: Plan | undefined;
}

/** @param after undefined: the same plan. */
export function planSides(before: Side, after: Side | undefined): Html {
  const plans = [before.plan, after?.plan].flatMap(plan => plan ?? []);
  if (plans.length === 0) return NONE;
  // A stopped side has no times, so neither side shows them.
  const timed = plans.every(plan => plan.timed);
  const most = Math.max(...plans.flatMap(plan => selfAmounts(plan, timed)), Number.MIN_VALUE);
  const difference =
    before.plan === undefined || after?.plan === undefined ? undefined : diffPlans(before.plan, after.plan);
  const side = ({ heading, plan }: Side, statuses: readonly (DiffStatus | undefined)[]) =>
    html`<div><h4>${heading}</h4>${
      plan === undefined ? html`<p class="soft">No plan.</p>` : tree(plan, { timed, most, statuses })
    }</div>`;
  const statusesOf = (nodes: readonly { readonly status: DiffStatus }[] = []) =>
    nodes.map(({ status }) => status);
  return html`<div class="sides">${side(before, statusesOf(difference?.before))}${
    after === undefined ? NONE : side(after, statusesOf(difference?.after))
  }</div><p class="soft">${
    timed
      ? `Bars: self time; a full bar is ${formatMs(most)}${after === undefined ? '' : ' on both sides'}.`
      : `Bars: self cost, the planner's estimate; a full bar is ${formatCount(most)}${after === undefined ? '' : ' on both sides'}.`
  }${difference === undefined || difference.identical ? '' : ' − only before, + only after, ~ changed.'}</p>`;
}

interface Shown {
  /** Shows times; false: costs. */
  readonly timed: boolean;
  /** The self amount that fills a bar. */
  readonly most: number;
  readonly statuses: readonly (DiffStatus | undefined)[];
}

const MARKS: Readonly<Partial<Record<DiffStatus, string>>> = {
  added: '+ ',
  removed: '− ',
  changed: '~ ',
  moved: '~ ',
};

/** Iterates from children to parents, so that no plan is too deep. */
function tree(plan: Plan, { timed, most, statuses }: Shown): Html {
  const nodes = flattenPlan(plan);
  const self = selfAmounts(plan, timed);
  const costs = inclusiveCosts(nodes);
  const estimated = estimatedRows(nodes, plan.settings);
  const built: Html[] = [];
  for (const node of [...nodes].reverse()) {
    const row = nodeRow(node, {
      self: self[node.id] ?? 0,
      cost: costs[node.id] ?? node.totalCost,
      most,
      timed,
      estimated: estimated[node.id] ?? node.planRows,
      status: statuses[node.id],
    });
    const children = node.children.flatMap(({ id }) => built[id] ?? []);
    built[node.id] =
      children.length === 0
        ? row
        : html`<details open><summary>${row}</summary><div>${children}</div></details>`;
    // Frees what its parent already contains.
    for (const { id } of node.children) delete built[id];
  }
  const [figure, total] = timed ? ['self', 'total'] : ['self cost', 'total cost'];
  return html`<div class="plan"><div class="row titles"><span class="name"></span><span></span><span>${figure}</span><span>${total}</span><span class="rows">rows</span></div>${built[0] ?? NONE}</div>`;
}

function nodeRow(
  node: PlanNode,
  figures: {
    readonly self: number;
    /** With all beneath it. */
    readonly cost: number;
    readonly most: number;
    readonly timed: boolean;
    readonly estimated: number;
    readonly status: DiffStatus | undefined;
  },
): Html {
  const { self, cost, most, timed, estimated, status } = figures;
  const { actual } = node;
  const say = (amount: number | undefined) =>
    amount === undefined ? '' : timed ? formatMs(amount) : formatCount(amount);
  const total = timed ? actual?.inclusiveMs : node.hasEstimates ? cost : undefined;
  const isNever = actual?.executed === false;
  const rows =
    actual === undefined ? `≈ ${formatCount(estimated)}` : isNever ? 'never' : formatCount(actual.rows);
  const guess = node.hasEstimates ? `estimated ${formatThousands(Math.round(estimated))}` : '';
  const mark = (status === undefined ? undefined : MARKS[status]) ?? '';
  const share = Math.round((1000 * self) / most) / 10;
  return html`<div class="row ${mark === '' ? '' : (status ?? '')}"><span class="name">${
    mark === '' ? NONE : html`<b>${mark}</b>`
  }${nodeLabel(node)}</span><span class="bar">${when(
    share > 0,
    () => html`<i style="width:${share}%"></i>`,
  )}</span><span>${say(self)}</span><span>${say(total)}</span><span class="rows" title="${guess}">${rows}</span>${detailTexts(node).map(text => html`<span class="cond">${text}</span>`)}</div>`;
}
