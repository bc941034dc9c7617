/** The proposals: switch, name, table, size, build time and state; below them the budget. */

import { notesOn } from '../../advisor/existing.ts';
import { formatBytes, formatMs, percent, round, sanitize } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Proposal } from '../../workload/workload.ts';
import {
  cells,
  highlighted,
  type Line,
  left,
  right,
  type Span,
  truncate,
  truncateMiddle,
  wrap,
} from '../cell.ts';
import { framed, row } from '../frame.ts';
import { type Frame, firstVisible, insideHeight, insideWidth, PROPOSALS, type Slot } from '../layout.ts';
import { helpedBy, writeFactor } from '../model/helps.ts';
import { proposalRows } from '../model/lists.ts';
import { buildEstimate, usageOf } from '../model/proposalFacts.ts';
import { isOn, proposalCursorOf, soughtIn } from '../model/selectors.ts';
import { filterWords } from '../overlays/promptLine.ts';
import { queriesOf } from '../overlays/suggestions.ts';
import { settingsWords } from '../settings/words.ts';
import type { Build, State } from '../state/state.ts';
import { suggestionOf } from '../state/suggest.ts';
import { countOn, HOW_GOT, SHOWN } from '../words.ts';
import { budgetLines, budgetSummary } from './budget.ts';

const SIZE = 7;
const TIME = 8;
/** `Q1, Q4`, `unused`. */
const LEAST_STATE = 8;
/** `building 42 %`, `built, unused`: other columns go before it has less. */
const STATE = 24;

/** The table an index proposal is on; a view has none. */
function tableOf(proposal: Proposal, build?: Build): string {
  const { addsViews, standsForExisting } = factsOf(proposal);
  if (addsViews) return 'view';
  if (standsForExisting) {
    // DROP INDEX does not say: it is known when the index was looked up.
    const objects = build?.state === 'built' ? build.built.objects : [];
    return [...new Set(objects.map(({ table }) => table))].join(', ');
  }
  const tables = new Set(proposal.statements.flatMap(({ on }) => (on === undefined ? [] : [on])));
  return [...tables].join(', ');
}

/** @param room Cells for it. */
function stateSpan(state: State, proposal: Proposal, room: number): Span {
  const span = stateWords(state, proposal, room);
  return cells(span.text) <= room || room >= SHORT_STATE ? span : { ...span, text: shortState(span.text) };
}

/** Below this a state is one word; the lines below the list have all of it. */
const SHORT_STATE = 13;

/** `built, unused; never scanned` → `unused`, `building 42 %` → `42 %`. */
function shortState(text: string): string {
  if (text.startsWith('failed')) return 'failed';
  if (text.includes('unknown')) return 'unknown';
  if (text.startsWith('not built')) return 'not yet';
  if (text.startsWith('queued')) return 'queued';
  if (text.startsWith(HOW_GOT.hypothetical)) return 'hypoth.';
  return text
    .replace(/^(?:built|exists|projected), /, '')
    .replace(/^building (?=\d)/, '')
    .replace(/^switched /, '')
    .replace(/;.*/, '');
}

function stateWords(state: State, proposal: Proposal, room: number): Span {
  const build = state.builds[proposal.id];
  switch (build?.state) {
    case undefined:
      return { text: `not built${expected(state, proposal)}`, dim: true };
    case 'queued':
      return { text: `queued${expected(state, proposal)}`, dim: true };
    case 'building':
      return { text: building(build), color: 'cyan' };
    case 'failed':
      return { text: `failed: ${sanitize(build.reason)}`, color: 'red', bold: true };
    case 'cancelled':
      return { text: 'cancelled', color: 'magenta' };
    case 'built':
      return factsOf(proposal).standsForExisting
        ? existingSpan(state, proposal, build)
        : builtSpan(state, proposal, build, room);
  }
}

/** `, about 1.2 s`, from the rate of earlier builds. */
function expected(state: State, proposal: Proposal): string {
  const ms = buildEstimate(state, proposal);
  return ms === undefined ? '' : `, about ${formatMs(ms)}`;
}

function building(build: Extract<Build, { state: 'building' }>): string {
  return build.fraction === undefined ? 'building' : `building ${percent(build.fraction)}`;
}

/** `built, helps Q1, Q4, slows Q2; writes 1.3× slower`, and shorter. */
function usedWords(state: State, proposal: Proposal, built: string, noted: string, room: number): string {
  const { faster, slower, others } = helpedBy(state, proposal);
  const part = (words: string, ids: readonly string[]): string[] =>
    ids.length === 0 ? [] : [`${words} ${queriesOf(state, ids)}`];
  const parts = [...part('helps', faster), ...part('slows', slower)];
  const helps = (parts.length > 0 ? parts : part('used by', others)).join(', ');
  const factor = writeFactor(state, proposal);
  const writes =
    factor === undefined
      ? ''
      : factor === 1
        ? '; writes as fast'
        : `; writes ${round(factor.toFixed(1))}× slower`;
  const ids = queriesOf(state, faster.length > 0 ? faster : [...slower, ...others]);
  const wordings = [
    `${built}, ${helps}${writes}${noted}`,
    `${helps}${writes}`,
    `${helps}${writes.replace(' slower', '').replace('; writes', ', w')}`,
    helps,
    helps.replace(/^used by /, ''),
    ...(slower.length > 0 ? [] : [helps.replace(/^helps /, '')]),
    ids.replaceAll(', ', ' '),
  ];
  return wordings.find(text => cells(text) <= room) ?? wordings.at(-1) ?? '';
}

function builtSpan(
  state: State,
  proposal: Proposal,
  build: Extract<Build, { state: 'built' }>,
  room: number,
): Span {
  if (build.built.inPlace !== undefined) return { text: 'in place already', dim: true };
  if (build.built.hypothetical === true) {
    const usage = usageOf(state, proposal);
    return { text: `${HOW_GOT.hypothetical}${usage === undefined ? '' : `, ${usage}`}`, color: 'magenta' };
  }
  if (build.built.objects.some(object => !object.usable))
    return { text: 'built, effect unknown: unusable in this transaction', color: 'magenta', bold: true };
  // In production's lens: sized, but not built.
  const there = build.built.projected === true ? 'projected' : 'built';
  const noted = [...(state.session?.likeness?.get(proposal.id) ?? []), build.built.note ?? []]
    .flat()
    .map(note => `; ${note}`)
    .join('');
  switch (usageOf(state, proposal)) {
    case 'used':
      return { text: usedWords(state, proposal, there, noted, room), color: 'green' };
    case 'unused':
      return { text: `${there}, ${SHOWN.unused}${noted}`, color: 'magenta', bold: true };
    default:
      return { text: there + noted };
  }
}

/** An index that is there already: whether it is used, and what the server's statistics say of it. */
function existingSpan(state: State, proposal: Proposal, build: Extract<Build, { state: 'built' }>): Span {
  if (build.built.inPlace !== undefined) return { text: build.built.inPlace, dim: true };
  const notes = notesOn(state.session?.indexes ?? []).filter(({ name, table }) =>
    build.built.objects.some(object => object.name === name && object.table === table),
  );
  const said = notes.length === 0 ? '' : `; ${notes.map(({ text }) => text).join('; ')}`;
  if (!isOn(state, proposal))
    return { text: `exists, ${SHOWN.switchedOff}${said}`, color: 'magenta', bold: true };
  if (build.built.unusable !== undefined)
    return {
      text: `exists, effect unknown: unusable in this transaction${said}`,
      color: 'magenta',
      bold: true,
    };
  const usage = usageOf(state, proposal);
  return { text: `exists${usage === undefined ? '' : `, ${usage}`}${said}` };
}

interface Columns {
  readonly name: number;
  /** 0 where there is no room; likewise the time. */
  readonly table: number;
  readonly time: number;
  readonly state: number;
}

/** Whole names first: table and time go before a name is shortened. */
function columnsFor(state: State, width: number): Columns {
  const { proposals } = state.workload;
  const widest = (texts: readonly string[]): number => Math.max(5, ...texts.map(cells));
  const room = width - 5 - (SIZE + 1) - 1;
  const name = Math.max(8, Math.min(widest(proposals.map(({ id }) => id)), room - LEAST_STATE));
  const tables = Math.min(14, widest(proposals.map(one => tableOf(one, state.builds[one.id]))));
  let left = room - name;
  const grown = (cells: number): number => {
    if (left - cells - 1 < STATE) return 0;
    left -= cells + 1;
    return cells;
  };
  const [time, table] = [grown(TIME), grown(tables)];
  return { name, table, time, state: left };
}

const WHOLE = '  enter: all of it';
/** Cells for a reason beside that hint. */
const LEAST = 20;

/** The state's words in `room` cells; a reason that is cut off says where the whole of it is. */
function fittedWords({ text }: Span, room: number, mayEnter: boolean): string {
  const cut = cells(text) > room && mayEnter && room >= LEAST + cells(WHOLE);
  return cut ? `${truncate(text, room - cells(WHOLE))}${WHOLE}` : left(text, room);
}

/** @param mayEnter The cursor is on it, and keys go there. */
function proposalLine(state: State, proposal: Proposal, columns: Columns, mayEnter: boolean): Line {
  const on = isOn(state, proposal);
  const build = state.builds[proposal.id];
  const built = build?.state === 'built' ? build.built : undefined;
  // A hypothetical index takes no time: it is not built.
  const builtIn = built?.hypothetical === true || built?.projected === true ? undefined : built?.buildMs;
  const time = builtIn ?? (build?.state === 'building' ? build.elapsedMs : undefined);
  const { state: room } = columns;
  const suggestion = suggestionOf(state, proposal);
  const mark = suggestion === undefined ? ' ' : '*';
  const purpose = suggestion === undefined ? '' : `${queriesOf(state, suggestion.queries)}: `;
  const words = stateSpan(state, proposal, room - cells(purpose));
  return [
    on
      ? { text: `[x]${mark}`, color: 'green', bold: true, isBox: true }
      : { text: `[ ]${mark}`, isBox: true },
    ...highlighted(
      left(truncateMiddle(sanitize(proposal.id), columns.name), columns.name),
      soughtIn(state, 'proposals'),
      { bold: on },
    ),
    ...(columns.table > 0 ? [{ text: ` ${left(sanitize(tableOf(proposal, build)), columns.table)}` }] : []),
    { text: ` ${right(built === undefined ? '–' : formatBytes(built.bytes), SIZE)}` },
    ...(columns.time > 0
      ? [{ text: ` ${right(time === undefined ? '–' : formatMs(time), TIME)}`, dim: built === undefined }]
      : []),
    { text: ' ' },
    {
      ...words,
      text: fittedWords(
        { ...words, text: purpose + words.text },
        room,
        mayEnter && build?.state === 'failed',
      ),
    },
  ];
}

/** The state of the proposal under the cursor, whole, where its column has no room for it. */
function cutWords(state: State, columns: Columns, width: number): Line[] {
  const proposal = state.workload.proposals[proposalCursorOf(state)];
  if (proposal === undefined) return [];
  const { text, ...style } = stateWords(state, proposal, Number.POSITIVE_INFINITY);
  return cells(text) <= columns.state
    ? []
    : wrap(text, width - 6).map((part): Line => [{ text: `     ${part}`, ...style }]);
}

function headingLine({ name, table, time, state }: Columns): Line {
  const texts = [
    `     ${left('proposal', name)}`,
    ...(table > 0 ? [left('on', table)] : []),
    right('size', SIZE),
    ...(time > 0 ? [right('built in', TIME)] : []),
    left('state', state),
  ];
  return [{ text: texts.join(' '), dim: true }];
}

/** ` · set: work_mem 64MB`: what else is changed. */
function setSpans({ settings }: State, width: number): Line {
  const words = settingsWords(settings, width - 41);
  return words === '' ? [] : [{ text: ' · set: ' }, { text: words, color: 'green', bold: true }];
}

export function proposalsPane(state: State, slot: Slot, frame: Frame): Line[] {
  const { proposals } = state.workload;
  const focused = state.focus === 'proposals';
  const rows = proposalRows(state);
  const count = proposals.filter(proposal => isOn(state, proposal)).length;
  const width = insideWidth(frame, slot.width);
  const inside = insideHeight(frame, slot.height);
  const hasBudget = inside >= Math.min(PROPOSALS, proposals.length) + 3;
  const title: Line = [
    { text: 'Proposals', bold: true },
    { text: ` · ${countOn(count, proposals.length)}` },
    ...filterWords(state, 'proposals', rows.length, proposals.length),
    ...setSpans(state, slot.width),
    ...(hasBudget ? [] : [{ text: ' · ' }, ...budgetSummary(state)]),
  ];
  const options = { frame, width: slot.width, height: slot.height, focused, number: 'F3' };
  const columns = columnsFor(state, width);
  const budget = hasBudget ? budgetLines(state, width) : [];
  const headed = hasBudget || inside > Math.min(4, proposals.length);
  const room = Math.max(1, inside - budget.length - (headed ? 1 : 0));
  const cursor = proposalCursorOf(state);
  const first = firstVisible(rows.indexOf(cursor), rows.length, room);
  const shown = rows.slice(first, first + room);
  const lines = shown.flatMap(index => {
    const proposal = proposals[index];
    if (proposal === undefined) return [];
    const here = index === cursor;
    return [row(proposalLine(state, proposal, columns, here && focused), width, here, focused, index)];
  });
  if (proposals.length === 0)
    lines.push([
      { text: left(' no proposals yet: S searches for suggestions, n writes one', width), dim: true },
    ]);
  const words = Array.from({ length: Math.max(0, room - lines.length) }, (): Line => []);
  const filler = [...cutWords(state, columns, width), ...words].slice(0, words.length);
  const heading = headed ? [headingLine(columns)] : [];
  const aside: Line =
    rows.length > room ? [{ text: `${first + 1}–${first + shown.length} of ${rows.length}` }] : [];
  return framed([...heading, ...lines, ...filler, ...budget], { ...options, title, aside });
}
