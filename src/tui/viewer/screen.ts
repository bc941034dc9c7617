/** The viewer's screen as lines: header, plans or what lies over them, status, keys. */
import { judgeMeasured } from '../../advisor/verdict.ts';
import { changeText, formatBytes, formatMs, plural, sanitize } from '../../base/format.ts';
import type { Plan } from '../../plan/plan.ts';
import { fitted, type Line, spread, truncateMiddle } from '../cell.ts';
import { scrolledBox } from '../frame.ts';
import { tooSmall } from '../model/selectors.ts';
import { keysLine } from '../panes/footer.ts';
import { factsAt } from '../planView/fold.ts';
import { pairOf } from '../planView/pair.ts';
import { noticeLines, planPaneLines } from '../planView/pane.ts';
import { layingOut } from '../planView/ready.ts';
import type { Side } from '../planView/view.ts';
import { tooSmallLines } from '../screens/tooSmall.ts';
import { OVERLAY_TITLES, overlayLines } from './overlay.ts';
import { whyNotInViewer } from './reduce.ts';
import {
  arrangementOf,
  bodyRows,
  type ViewerState,
  viewerPlace,
  viewerScene,
  wholeScene,
} from './viewerState.ts';

export function viewerLines(state: ViewerState): readonly Line[] {
  if (tooSmall(state)) return tooSmallLines(state.size);
  const { columns } = state.size;
  return [
    headerLine(state),
    ...body(state),
    statusLine(state),
    keysLine(viewerPlace(state), 'viewer', columns, binding => whyNotInViewer(binding, state) === undefined),
  ].map(line => fitted(line, columns));
}

function headerLine({ files, statements, at, size }: ViewerState): Line {
  const room = Math.floor((size.columns - 40) / files.length);
  const names = files.map(file => truncateMiddle(sanitize(file), Math.max(12, room))).join(' → ');
  const which = statements.length > 1 ? `statement ${at + 1} of ${statements.length} ` : '';
  return spread(
    [{ text: ' ' }, { text: 'pgopt-explore plan  ', bold: true }, { text: names, color: 'cyan' }],
    [{ text: which }],
    size.columns,
  );
}

function body(state: ViewerState): Line[] {
  if (state.overlay !== undefined) return overlayBox(state, state.overlay);
  const scene = viewerScene(state);
  const arrangement = arrangementOf(state);
  const { columns } = state.size;
  const height = bodyRows(state);
  const pane = (side: Side | 'both', width: number): Line[] =>
    planPaneLines(scene, {
      frame: 'box',
      width,
      height,
      focused: side === 'both' || side === scene.view.side,
      title: titleOf(state, side),
      shows: side,
      alone: arrangement !== 'sides',
      notice: noticeLines(waitingFor(state), width - 2),
    });
  if (arrangement !== 'sides') return pane(arrangement === 'unified' ? 'both' : scene.view.side, columns);
  const half = Math.floor(columns / 2);
  const right = pane('after', columns - half);
  return pane('before', half).map((line, index) => [...line, ...(right[index] ?? [])]);
}

/** Why there is no tree yet. */
function waitingFor(state: ViewerState): string | undefined {
  if (state.statements.length === 0) return 'reading';
  const { before, after } = wholeScene(state);
  const shown = viewerScene(state);
  const plan = shown.after === undefined ? after : shown.before === undefined ? before : undefined;
  return plan === undefined ? undefined : layingOut(plan);
}

function titleOf(state: ViewerState, side: Side | 'both'): Line {
  const { before, after } = viewerScene(state);
  const name = (text: string): Line[number] => ({ text, bold: true });
  if (side === 'both') return [name('Before → after'), { text: verdict(before, after, true) }];
  const plan = side === 'before' ? before : after;
  if (before === undefined || after === undefined) return [name('Plan'), { text: timesText(plan) }];
  const judged = side === 'after' ? verdict(before, after, false) : '';
  return [name(side === 'before' ? 'Before' : 'After'), { text: judged + timesText(plan) }];
}

function timesText(plan: Plan | undefined): string {
  if (plan?.executionMs !== undefined) return ` · ${formatMs(plan.executionMs)}`;
  return plan?.analyzed === true ? '' : ' · not run';
}

/** One run each is seldom enough for more than the two times. */
function verdict(before: Plan | undefined, after: Plan | undefined, withTimes: boolean): string {
  if (before === undefined || after === undefined) return '';
  const same = before.fingerprint === after.fingerprint ? ' · same plan' : '';
  const judged = judgeMeasured(runOf(before), runOf(after));
  if (judged.kind === 'faster' || judged.kind === 'slower')
    return `${same} · ${changeText(judged.kind, judged.beforeMs, judged.afterMs)} (one run each)`;
  if (judged.kind === 'not measured' && judged.tooFew !== true) return same;
  const [from, to] = [before, after].map(({ executionMs = 0 }) => formatMs(executionMs));
  return withTimes ? `${same} · ${from} → ${to} (one run each)` : same;
}

const runOf = ({ executionMs }: Plan) => ({ runsMs: executionMs === undefined ? [] : [executionMs] });

function statusLine(state: ViewerState): Line {
  if (state.message !== undefined) return [{ text: ` ${state.message}`, color: 'cyan' }];
  const scene = viewerScene(state);
  const facts = factsAt(scene, scene.view.side);
  const pair = pairOf(scene);
  if (facts === undefined) return [];
  const { plan, nodes, findings, memory } = facts;
  const parts = [
    plural(nodes.length, 'node'),
    ...(memory.heldBytes === 0
      ? []
      : [`holds ${formatBytes(memory.heldBytes)}${memory.measured ? '' : ' (estimated)'}`]),
    plural(findings.length, 'finding'),
    ...(pair === undefined ? [] : [plural(pair.changes.length, 'change')]),
    ...(pair !== undefined && pair.cosmetic > 0 ? [`${pair.cosmetic} cosmetic`] : []),
    ...(plan.planningMs === undefined ? [] : [`planning ${formatMs(plan.planningMs)}`]),
  ];
  return [{ text: ` ${parts.join(' · ')}`, dim: true }];
}

function overlayBox(state: ViewerState, { kind, scroll }: NonNullable<ViewerState['overlay']>): Line[] {
  const title: Line = [{ text: OVERLAY_TITLES[kind], bold: true }];
  return scrolledBox(overlayLines(state), scroll, {
    title,
    width: state.size.columns,
    height: bodyRows(state),
  });
}
