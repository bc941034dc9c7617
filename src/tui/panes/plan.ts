/** The explorer's plan pane: the plans of the query in view, or why there is none. */
import { sanitize } from '../../base/format.ts';
import { rewriteOf } from '../../session/plannedText.ts';
import { type Line, wrap } from '../cell.ts';
import { framed } from '../frame.ts';
import { bothPlansVisible, type Frame, insideWidth, isUnified, type Slot } from '../layout.ts';
import { helpersOf } from '../model/helps.ts';
import { sceneOf, shownPlan } from '../model/scene.ts';
import { isBaseline, plannedFor, queryInView } from '../model/selectors.ts';
import { sqlToLines } from '../overlays/highlight.ts';
import { noticeLines, planPaneLines } from '../planView/pane.ts';
import { layingOut } from '../planView/ready.ts';
import type { Side, State } from '../state/state.ts';
import { listed, SHOWN, spinner } from '../words.ts';
import { planTitle, unifiedTitle } from './planTitle.ts';

/** Text in place of a tree, or above one that is not final. */
function notice(state: State, side: Side): string | undefined {
  const planned = plannedFor(state, state.queryId, side);
  if (planned === undefined) return `${spinner(state.now)} planning`;
  if (planned.state === 'failed') return `The planner refused: ${sanitize(planned.reason)}`;
  if (planned.missing.length > 0)
    return `planned without ${listed(planned.missing.map(id => sanitize(id)))}: not built ${buildingNow(state, planned.missing)}`;
  const plan = shownPlan(state, side);
  if (plan !== undefined && sceneOf(state)[side] === undefined)
    return `${spinner(state.now)} ${layingOut(plan)}`;
  return undefined;
}

function buildingNow(state: State, ids: readonly string[]): string {
  const waiting = ids.some(id => ['building', 'queued'].includes(state.builds[id]?.state ?? ''));
  return waiting ? 'yet' : '';
}

export function planPane(state: State, slot: Slot, frame: Frame): Line[] {
  const { width, height } = slot;
  const unified = slot.side === undefined && isUnified(state);
  const side = slot.side ?? (unified ? 'after' : state.view.side);
  const focused = state.focus === 'plan' && (unified || state.view.side === side);
  // The baseline's only plan is called before, on either side.
  const isAfter = side === 'after' && !unified && (!isBaseline(state) || bothPlansVisible(state));
  const room = width - (focused ? 13 : 11);
  const title = unified ? unifiedTitle(state, room) : planTitle(state, side, room);
  const inside = insideWidth(frame, width);
  const above = noticeLines(notice(state, side), inside);
  const options = {
    frame,
    width,
    height,
    focused,
    title,
    number: isAfter ? 'F5' : 'F4',
  };
  if (shownPlan(state, side) === undefined) return framed(above, options);
  // Beside the plan before, the same one once more would only look like an answer.
  if (isBaseline(state) && side === 'after' && bothPlansVisible(state))
    return framed(invitation(inside), options);
  return planPaneLines(sceneOf(state), {
    ...options,
    shows: unified ? 'both' : side,
    alone: !bothPlansVisible(state),
    notice: above,
    evidence: width => evidenceBelow(state, side, width),
  });
}

const highlightedSql = new Map<string, readonly Line[]>();
/** Texts of one session; a bound for long ones. */
const MOST_TEXTS = 200;

/** Highlighting parses the text: each once for a width. */
function sqlShown(sql: string, width: number): readonly Line[] {
  const key = `${width} ${sql}`;
  const known = highlightedSql.get(key) ?? sqlToLines(sql, width);
  if (highlightedSql.size > MOST_TEXTS) highlightedSql.clear();
  highlightedSql.set(key, known);
  return known;
}

/** The SQL that was planned. On the after side, if the text is the same: the DDL of the proposals that changed the plan. */
function evidenceBelow(state: State, side: Side, width: number): readonly Line[] {
  const query = queryInView(state);
  if (query === undefined) return [];
  const planned = side === 'after' ? plannedFor(state, query.id, 'after') : undefined;
  const rewrite = planned?.state === 'planned' ? rewriteOf(query, planned.rewrite) : undefined;
  const helpers = side === 'after' && rewrite === undefined ? helpersOf(state, query) : [];
  const ddl = state.workload.proposals
    .filter(({ id }) => helpers.includes(id))
    .flatMap(({ statements }) => statements.map(({ sql }) => sql));
  return (ddl.length > 0 ? ddl : [(rewrite ?? query).sql]).flatMap(sql => sqlShown(sql, width));
}

function invitation(width: number): Line[] {
  const text = `${SHOWN.nothingOn}. Switch a proposal on with space, or all of them with a, and the plan that PostgreSQL then chooses stands here, beside the one before.`;
  return [[], ...wrap(text, width - 4).map((line): Line => [{ text: `  ${line}`, dim: true }])];
}
