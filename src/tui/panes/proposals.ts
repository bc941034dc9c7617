/** The proposals: switch, name, table, size, build time and state; below them the budget. */

import { notesOn } from '../../advisor/existing.ts';
import { formatBytes, formatMs, percent, sanitize } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Proposal } from '../../workload/types.ts';
import { cells, type Line, left, right, type Span, truncate, truncateMiddle } from '../cell.ts';
import { framed, row } from '../frame.ts';
import { type Frame, firstVisible, insideHeight, insideWidth, type Slot } from '../layout.ts';
import { proposalRows } from '../model/lists.ts';
import { buildEstimate, usageOf } from '../model/proposalFacts.ts';
import { isOn } from '../model/selectors.ts';
import { filterWords } from '../overlays/promptLine.ts';
import { queriesOf } from '../overlays/suggestions.ts';
import { settingsWords } from '../settings/words.ts';
import type { Build, State } from '../state/state.ts';
import { suggestionOf } from '../state/suggest.ts';
import { budgetLines, budgetSummary } from './budget.ts';

const SIZE = 8;
const TIME = 8;
const NARROW = 74;

/** The table an index proposal is on; a view has none. */
export function tableOf(proposal: Proposal, build?: Build): string {
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

function stateSpan(state: State, proposal: Proposal): Span {
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
        : builtSpan(state, proposal, build);
  }
}

/** `, about 1.2 s`: at the rate of what was built before. */
function expected(state: State, proposal: Proposal): string {
  const ms = buildEstimate(state, proposal);
  return ms === undefined ? '' : `, about ${formatMs(ms)}`;
}

export function building(build: Extract<Build, { state: 'building' }>): string {
  return build.fraction === undefined ? 'building' : `building ${percent(build.fraction)}`;
}

function builtSpan(state: State, proposal: Proposal, build: Extract<Build, { state: 'built' }>): Span {
  if (build.built.inPlace !== undefined) return { text: 'in place already', dim: true };
  if (build.built.hypothetical === true) {
    const usage = usageOf(state, proposal);
    return { text: `hypothetical${usage === undefined ? '' : `, ${usage}`}`, color: 'magenta' };
  }
  if (build.built.objects.some(object => !object.usable))
    return { text: 'built, effect unknown: unusable in this transaction', color: 'magenta', bold: true };
  // Of production's lens: as large as it would be, but not built.
  const there = build.built.projected === true ? 'projected' : 'built';
  const noted = [...(state.session?.likeness?.get(proposal.id) ?? []), build.built.note ?? []]
    .flat()
    .map(note => `; ${note}`)
    .join('');
  switch (usageOf(state, proposal)) {
    case 'used':
      return { text: `${there}, used${noted}`, color: 'green' };
    case 'unused':
      return { text: `${there}, unused${noted}`, color: 'magenta', bold: true };
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
  if (!isOn(state, proposal)) return { text: `exists, switched off${said}`, color: 'magenta', bold: true };
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
  readonly table: number;
  readonly state: number;
}

/** Names and tables get what they need as long as the state keeps enough to be read. */
function columnsFor(state: State, width: number): Columns {
  const { proposals } = state.workload;
  const widest = (texts: readonly string[]): number => Math.max(5, ...texts.map(cells));
  const room = width - 1 - 4 - SIZE - TIME - 5;
  // Where it is narrow a name says more than its table.
  const most = width < NARROW ? 0 : 14;
  const table = Math.min(
    widest(proposals.map(proposal => tableOf(proposal, state.builds[proposal.id]))),
    most,
  );
  const name = Math.min(widest(proposals.map(proposal => proposal.id)), room - table - 1 - 14);
  return { name, table, state: Math.max(0, room - name - table - 1) };
}

const WHOLE = '  enter: all of it';
/** Of a reason, beside that hint. */
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
  const words = stateSpan(state, proposal);
  const suggestion = suggestionOf(state, proposal);
  const mark = suggestion === undefined ? ' ' : '*';
  const purpose = suggestion === undefined ? '' : `${queriesOf(state, suggestion.queries)}: `;
  return [
    on
      ? { text: `[x]${mark}`, color: 'green', bold: true, isBox: true }
      : { text: `[ ]${mark}`, isBox: true },
    { text: left(truncateMiddle(sanitize(proposal.id), columns.name), columns.name), bold: on },
    { text: ` ${left(sanitize(tableOf(proposal, build)), columns.table)}` },
    { text: ` ${right(built === undefined ? '–' : formatBytes(built.bytes), SIZE)}` },
    { text: ` ${right(time === undefined ? '–' : formatMs(time), TIME)}`, dim: built === undefined },
    { text: '  ' },
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

function headingLine({ name, table, state }: Columns): Line {
  const text = `     ${left('proposal', name)} ${left('on', table)} ${right('size', SIZE)} ${right('built in', TIME)}  ${left('state', state)}`;
  return [{ text, dim: true }];
}

/** ` · set: work_mem 64MB`: what else is changed. */
function setSpans({ settings }: State, width: number): Line {
  const words = settingsWords(settings, width - 45);
  return words === '' ? [] : [{ text: ' · set: ' }, { text: words, color: 'green', bold: true }];
}

export function proposalsPane(state: State, slot: Slot, frame: Frame): Line[] {
  const { proposals } = state.workload;
  const focused = state.focus === 'proposals';
  const rows = proposalRows(state);
  const count = proposals.filter(proposal => isOn(state, proposal)).length;
  const title: Line = [
    { text: 'Proposals', bold: true },
    {
      text: slot.height <= 1 ? ` · ${count}/${proposals.length} on` : ` · ${count} of ${proposals.length} on`,
    },
    ...filterWords(state, 'proposals', rows.length, proposals.length),
    ...setSpans(state, slot.width),
  ];
  const options = { frame, width: slot.width, height: slot.height, focused, number: 'F2' };
  if (slot.height <= 1)
    return framed([], { ...options, title: [...title, { text: ' · ' }, ...budgetSummary(state)] });

  const width = insideWidth(frame, slot.width);
  const columns = columnsFor(state, width);
  const budget = budgetLines(state, width);
  const room = Math.max(1, insideHeight(frame, slot.height) - budget.length - 1);
  const first = firstVisible(rows.indexOf(state.proposalCursor), rows.length, room);
  const lines = rows.slice(first, first + room).flatMap(index => {
    const proposal = proposals[index];
    if (proposal === undefined) return [];
    const here = index === state.proposalCursor;
    return [row(proposalLine(state, proposal, columns, here && focused), width, here, focused, index)];
  });
  if (proposals.length === 0)
    lines.push([
      { text: left(' no proposals yet: S searches for suggestions, n writes one', width), dim: true },
    ]);
  const filler = Array.from({ length: Math.max(0, room - lines.length) }, (): Line => []);
  return framed([headingLine(columns), ...lines, ...filler, ...budget], { ...options, title });
}
