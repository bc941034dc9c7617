/**
 * The advice in short, for texts, pages and screens: one sentence, a decision for each proposal, the uncertainties.
 */

import type { Advice } from '../../advisor/advice/advice.ts';
import { choiceText, metBy } from '../../advisor/advice/choiceText.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { warningsOf } from '../../advisor/advice/warnings.ts';
import { bytesText, queryTitle, signedMs, verdictText } from '../../advisor/advice/words.ts';
import { formatMs, percent, plural, sanitize } from '../../base/format.ts';
import { readBy } from '../../session/plannedText.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';

export interface Decision {
  readonly id: string;
  /** '?': neither recommended nor rejected. */
  readonly verb: 'keep' | 'drop' | '?' | 'leave';
  /** A clause. */
  readonly reason: string;
  /** Empty: no clear change. */
  readonly saves: string;
  readonly costs: string;
}

type Proposal = Advice['proposals'][number];

/** Changes first. Every text is sanitized. */
export function decisionsOf(advice: Advice): readonly Decision[] {
  const all = [
    ...advice.proposals.map(
      (proposal): Decision => ({
        id: sanitize(proposal.id),
        verb: verbOf(proposal),
        reason: sanitize(reasonOf(advice, proposal)),
        saves: savesOf(advice, proposal),
        costs: costsOf(proposal),
      }),
    ),
    ...advice.leftOut.map(({ id, reason }) => open(id, `could not be built: ${reason}`, '?')),
    ...advice.inPlace.map(({ id, what }) => open(id, `in place: ${what}`, 'leave')),
  ];
  return ORDER.flatMap(verb => all.filter(decision => decision.verb === verb));
}

const ORDER = ['keep', 'drop', '?', 'leave'] as const;

const open = (id: string, reason: string, verb: Decision['verb']): Decision => ({
  id: sanitize(id),
  verb,
  reason: sanitize(reason),
  saves: '',
  costs: '',
});

function verbOf({ advice, kind }: Proposal): Decision['verb'] {
  if (advice === 'recommended') return PROPOSAL_KINDS[kind].standsForExisting ? 'drop' : 'keep';
  return advice === 'not recommended' ? 'leave' : '?';
}

/** Longer lists are replaced by a count. */
const NAMED = 2;

function reasonOf(advice: Advice, proposal: Proposal): string {
  const { advice: standing, difference, lost, unmeasured, unusable, kind } = proposal;
  if (standing === 'unknown') return `unknown: ${unusable ?? ''}`;
  if (standing === 'not measured')
    return unmeasured.length === 0
      ? `not measured${PROPOSAL_KINDS[kind].addsViews ? ': the answer of its rewrite was not compared' : ''}`
      : `not measured: ${listed(unmeasured.map(id => queryTitle(advice, id)))}`;
  const slower = changed(advice, proposal, 'slower');
  const faster = changed(advice, proposal, 'faster');
  if (standing === 'recommended') {
    const effects = [faster, slower].filter(Boolean).join('; ');
    if (effects !== '') return effects;
    if (difference.meets.length > 0) return `meets ${listed(difference.meets)}`;
    return PROPOSAL_KINDS[kind].standsForExisting
      ? 'no query gets slower'
      : 'costs nothing, and helps in other configurations';
  }
  const [need] = lost;
  if (need !== undefined)
    return need.kind === 'copies'
      ? 'the last of several copies stays'
      : need.kind === 'unique'
        ? `keeps ${need.table} unique`
        : `the foreign key ${need.name} would have no index`;
  if (slower !== '') return slower;
  const other = otherAnswer(advice, proposal);
  if (other !== undefined) return other;
  if (faster !== '') return `too little for its costs: ${faster}`;
  const isKept = (id: string) => advice.proposals.some(one => one.id === id && one.advice === 'recommended');
  const partner = (of: Advice['pairs'][number]['kind']) =>
    advice.pairs
      .filter(({ kind: each, proposals }) => each === of && proposals.includes(proposal.id))
      .map(({ proposals }) => proposals.find(id => id !== proposal.id) ?? '');
  const instead = partner('replace each other').find(isKept);
  if (instead !== undefined) return `${instead} does the same`;
  const needed = partner('only together').find(id => !isKept(id));
  if (needed !== undefined) return `only helps together with ${needed}`;
  if (difference.changesPlans) return 'no clear difference';
  const cells = advice.matrix.find(column => column.proposal === proposal.id)?.cells ?? [];
  if (cells.some(({ usedAnywhere }) => usedAnywhere)) return 'adds nothing to what is kept';
  return advice.neverRun.length > 0 ? 'no query that ran reads it' : 'no plan reads it';
}

/** A configuration whose rewrites return other rows is no choice, whatever its time. */
function otherAnswer(advice: Advice, { id }: Proposal): string | undefined {
  const found = advice.answers.filter(({ verdict, rewrite }) => {
    const planned = rewrite.slice(rewrite.lastIndexOf('@') + 1);
    return verdict === 'different' && readBy(planned).includes(id);
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const rest = found.length === 1 ? '' : `, ${found.length - 1} more`;
  return `changes the answer of ${queryTitle(advice, first.rewrite.slice(0, first.rewrite.lastIndexOf('@')))}${rest}`;
}

/** The most changed query, and the number of other changed ones. */
function changed(advice: Advice, { difference }: Proposal, kind: 'faster' | 'slower'): string {
  const found = difference.queries.filter(({ verdict }) => verdict.kind === kind);
  const [most] = found;
  if (most === undefined) return '';
  const rest = found.length === 1 ? '' : `, ${found.length - 1} more`;
  return `${queryTitle(advice, most.query)} ${verdictText(most.verdict).replace('at least', '≥')}${rest}`;
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function savesOf({ projected }: Advice, { advice, difference: { savedMs, atLeast, queries } }: Proposal) {
  if (savedMs === null || advice === 'unknown' || queries.length === 0) return '';
  return `${atLeast ? '> ' : projected ? '≈ ' : ''}${signedMs(savedMs)}`;
}

function costsOf({ kind, bytes, freedBytes, refreshMs, writeMs }: Proposal): string {
  if (PROPOSAL_KINDS[kind].standsForExisting) return `frees ${bytesText(freedBytes)}`;
  return [
    ...(bytes > 0 || kind !== 'statistics' ? [bytesText(bytes)] : []),
    ...(refreshMs > 0 ? [`${formatMs(refreshMs)} a refresh`] : []),
    ...(writeMs === null || writeMs === 0 ? [] : [`${formatMs(writeMs)} a row`]),
  ].join(', ');
}

/** The answer in one sentence. */
export function answerText(advice: Advice, choice: ChoiceModel | null = advice.recommended): string {
  if (choice === null)
    return advice.projected
      ? 'No recommendation: no configuration has projected times for every query.'
      : 'No recommendation: no query was measured.';
  const what = choiceNames(advice, choice);
  if (what === undefined) return nothingText(advice);
  return `${what}: ${savedClause(choice)}, ${priceClause(choice)}.`;
}

/** Longer lists are replaced by a count; the table has the names. */
const MOST_NAMES = 4;

/** `Keep a and b, drop c`; undefined for the baseline. */
function choiceNames({ proposals }: Advice, choice: ChoiceModel): string | undefined {
  if (choice.proposals.length === 0) return undefined;
  const isDrop = (id: string) =>
    proposals.some(one => one.id === id && PROPOSAL_KINDS[one.kind].standsForExisting);
  const part = (verb: string, ids: readonly string[]) =>
    ids.length === 0
      ? []
      : [
          `${verb} ${ids.length > MOST_NAMES ? plural(ids.length, 'proposal') : andList(ids.map(id => sanitize(id)))}`,
        ];
  const text = [
    ...part(
      'keep',
      choice.proposals.filter(id => !isDrop(id)),
    ),
    ...part('drop', choice.proposals.filter(isDrop)),
  ].join('; ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const andList = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

export function nothingText({ proposals }: Advice): string {
  const unmeasured = proposals.filter(one => verbOf(one) === '?').length;
  return unmeasured === 0
    ? 'Keep nothing: no proposal is worth its costs.'
    : `Nothing is recommended: ${unmeasured} of ${plural(proposals.length, 'proposal')} ${unmeasured === 1 ? 'was' : 'were'} not measured.`;
}

/** `saves 898 ms of 4.46 s (20 %) in one call of each query` */
function savedClause({ saved }: ChoiceModel): string {
  const { savedMs, beforeMs, atLeast, stopped, weighted, projected } = saved;
  if (savedMs === null) return `what this saves is not ${projected ? 'known' : 'measured'}`;
  const of = weighted ? 'a day' : 'in one call of each query';
  if (savedMs === 0) return 'this saves no time';
  if (savedMs < 0) return `this costs ${formatMs(-savedMs)} more ${of}`;
  const about = projected ? '≈ ' : '';
  const isBound = atLeast || stopped.length > 0;
  const share = isBound || beforeMs === null || beforeMs <= 0 ? '' : ` (${percent(savedMs / beforeMs)})`;
  const total = beforeMs === null ? '' : ` of ${isBound ? '> ' : about}${formatMs(beforeMs)}${share}`;
  return `this saves ${atLeast ? 'at least ' : about}${formatMs(savedMs)}${total} ${of}`;
}

function priceClause({ costs: { bytes, freedBytes } }: ChoiceModel): string {
  if (bytes === 0 && freedBytes > 0) return `and frees ${bytesText(freedBytes)}`;
  const freed = freedBytes > 0 ? ` and frees ${bytesText(freedBytes)}` : '';
  return freed === '' ? `and adds ${bytesText(bytes)}` : `adds ${bytesText(bytes)}${freed}`;
}

/** Sentences about the requirements under a choice and the queries that it slows down. */
export function consequencesOf(advice: Advice, choice: ChoiceModel | null = advice.recommended): string[] {
  if (choice === null) return [];
  const { met, judged } = metBy(choice);
  const shortName = (id: string) =>
    id.startsWith('REQ-') ? id : (advice.requirements.find(one => one.id === id)?.title ?? id);
  const list = (state: string) =>
    choice.requirements
      .filter(({ judgement }) => judgement === state)
      .map(({ requirement }) => sanitize(shortName(requirement)))
      .join(', ');
  const [failed, unknown] = [list('fail'), list('not measured')];
  const requirements = [
    `Meets ${met} of ${plural(judged, 'requirement')}`,
    ...(failed === '' ? [] : [`fails ${failed}`]),
    ...(unknown === '' ? [] : [`not ${advice.projected ? 'known' : 'measured'}: ${unknown}`]),
  ].join('; ');
  return [...choiceText(advice, choice).slower, ...(judged === 0 ? [] : [`${requirements}.`])];
}

/** Reservations about the answer: failed queries, and rewrites that return other rows. */
export const alarmsOf = (advice: Advice): string[] =>
  warningsOf({ ...advice, budgetSpent: false, leftOut: [] });

/** Quoted for lists, because a title may contain commas. */
const quotedTitle = (advice: Advice, id: string): string => `“${queryTitle(advice, id)}”`;

/** Sentences about what more runs, or another machine, could change; most important first. */
export function uncertaintiesOf(advice: Advice, choice: ChoiceModel | null = advice.recommended): string[] {
  const { complete, budgetSpent, exact, projected } = advice;
  const { interval = null, stopped = [] } = choice?.saved ?? {};
  const few = (choice?.queries ?? []).filter(
    ({ verdict }) => verdict.tooFew || verdict.kind === 'no clear difference',
  );
  return [
    ...(complete ? [] : ['The survey was stopped before it was complete.']),
    ...(budgetSpent
      ? [
          projected
            ? 'The time for rehearsing ran out: some configurations are unknown.'
            : 'The time for measuring ran out before every difference was clear: a longer --budget continues.',
        ]
      : []),
    ...(exact
      ? []
      : [`Not every configuration was compared: ${plural(advice.configurations, 'was', 'were')}.`]),
    ...(stopped.length === 0
      ? []
      : [
          `Stopped before and after, so not counted: ${stopped.map(id => quotedTitle(advice, id)).join(', ')}.`,
        ]),
    ...(few.length === 0
      ? []
      : [`No clear difference in ${few.map(({ query }) => quotedTitle(advice, query)).join(', ')}.`]),
    ...(interval === null || choice?.saved.savedMs === 0
      ? []
      : [
          `Saved time: ${projected ? 'between' : '95 % interval'} ${interval.map(signedMs).join(projected ? ' and ' : ' to ')}.`,
        ]),
    projected
      ? 'Times are projected; no query ran at production size.'
      : advice.effort.executions === 0
        ? 'No query ran: there are plans and sizes, and no times.'
        : 'Figures hold for this database and machine, with warm caches.',
  ];
}
