/** Production: which proposals its planner would use, and the smallest set with the same plans. Plans and bytes: nothing has a time. */

import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { type PlannedAdvice, type PlansOfProposal, plansOfProposals } from '../../advisor/advice/planned.ts';
import {
  GROWN_HERE,
  OF_LENS,
  PLANS_LEGEND,
  plansCountedText,
  samePlansText,
  TIMES_ELSEWHERE,
} from '../../advisor/advice/plannedWords.ts';
import { sentencesOf } from '../../advisor/advice/sentences.ts';
import { warningsOf } from '../../advisor/advice/warnings.ts';
import { bytesText, queryTitle } from '../../advisor/advice/words.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';
import type { Line } from '../cell.ts';
import type { State } from '../state/state.ts';
import { said } from './cells.ts';
import type { PageLines } from './page.ts';
import { nameOf, tableOfProposals, tableOfSets } from './productionTables.ts';
import { rowOf, type SetRow, setRows } from './rows.ts';

/** Lines of text below, at least. */
const TEXT = 6;

export function productionPage(state: State, advice: PlannedAdvice, width: number, room: number): PageLines {
  const sets = setRows(advice);
  const cursor = rowOf(state);
  const setLines = tableOfSets(state, advice, sets, cursor, width);
  const proposals = plansOfProposals(advice);
  const height = Math.max(1, room - setLines.length - 1 - TEXT);
  const at = cursor - sets.length;
  const chosen = sets[cursor];
  return {
    table: [...setLines, ...tableOfProposals(state, advice, proposals, at, width, height, sets.length)],
    text: [
      ...(chosen === undefined
        ? aboutProposal(advice, proposals[at], at, width)
        : aboutSet(advice, chosen, width)),
      ...textOf(state, advice, width),
    ],
  };
}

function aboutSet(advice: PlannedAdvice, { name, choice, meaning }: SetRow, width: number): Line[] {
  const missed = choice.requirements.filter(({ judgement }) => judgement === 'fail');
  const titles = missed.map(({ requirement }) => titleOf(advice, requirement));
  return [
    ...said(setText(advice, choice, name), width, { bold: true }),
    ...(titles.length === 0 ? [] : said(`It misses ${titles.join('; ')}.`, width)),
    ...(meaning === undefined ? [] : said(`${name}: ${meaning}`, width, { dim: true })),
  ];
}

/** Their names are in the table. */
function setText(advice: PlannedAdvice, { proposals, costs }: ChoiceModel, name: string): string {
  if (proposals.length === 0) return 'Nothing added: the database as it is, with production’s rows.';
  const all = `All proposals: ${bytesText(costs.bytes)} added.`;
  return name === 'same plans' ? (samePlansText(advice) ?? '') : all;
}

function aboutProposal(
  advice: PlannedAdvice,
  proposal: PlansOfProposal | undefined,
  at: number,
  width: number,
): Line[] {
  if (proposal === undefined) return [];
  const { id, kind, bytes, alone, added, read, readByAny } = proposal;
  const titles = (ids: readonly string[]) =>
    advice.queries
      .filter(query => ids.includes(query.id))
      .map(query => `${query.number} ${queryTitle(advice, query.id)}`)
      .join(', ');
  const changes = (ids: readonly string[]) =>
    ids.length === 0 ? 'changes no plan' : `changes the plan of ${titles(ids)}`;
  const byAny = readByAny.filter(query => !read.includes(query));
  const elsewhere = byAny.length === 0 ? '' : `; in some other configuration by ${titles(byAny)}`;
  const unread = readByAny.length === 0 ? 'by no query, whatever else is on' : 'by no query';
  return [
    ...said(`${nameOf(advice, id, at)}: ${bytesText(bytes)}`, width, { bold: true }),
    ...said(`alone: ${changes(alone)}`, width),
    ...said(`added to all others: ${changes(added)}`, width),
    ...said(
      `read${PROPOSAL_KINDS[kind].standsForExisting ? ', while it is there' : ''}, with all proposals on: ${read.length === 0 ? unread : `by ${titles(read)}`}${elsewhere}`,
      width,
    ),
  ];
}

function textOf(state: State, advice: PlannedAdvice, width: number): Line[] {
  const warnings = warningsOf(advice).flatMap(line => said(line, width, { color: 'magenta' }));
  const isFile = state.session?.lens !== undefined;
  return [
    ...(advice.samePlans === null
      ? said(
          'The smallest set with the plans of all proposals is unknown: some plans are unknown, or return other rows.',
          width,
        )
      : []),
    ...(warnings.length === 0 ? [] : [[], ...warnings]),
    ...requirementLines(advice, width),
    [],
    ...said(plansCountedText(advice), width),
    ...said(isFile ? OF_LENS : GROWN_HERE, width),
    ...said(
      `P says what ${isFile ? 'is not in it' : 'is assumed about production'}. ${TIMES_ELSEWHERE}`,
      width,
    ),
    ...said(`${PLANS_LEGEND}.`, width, { dim: true }),
  ];
}

/** Empty where plans and bytes decide no requirement. */
function requirementLines(advice: PlannedAdvice, width: number): Line[] {
  if (advice.requirements.length === 0) return [];
  const lines = sentencesOf(advice).flatMap(({ about, lines }) => (about === 'requirements' ? lines : []));
  const passed = advice.everything.requirements.filter(({ judgement }) => judgement === 'pass');
  const met = passed.map(({ requirement }) => titleOf(advice, requirement)).join('; ');
  return [
    [],
    [{ text: 'Requirements that plans and sizes decide there', bold: true }],
    ...lines.flatMap(line => said(line, width)),
    ...(met === '' ? [] : said(`Met with all proposals on: ${met}.`, width)),
  ];
}

/** People know the requirements of the board by their numbers. */
function titleOf({ requirements }: PlannedAdvice, requirement: string): string {
  const title = requirements.find(({ id }) => id === requirement)?.title ?? '';
  return requirement.startsWith('REQ-') ? `${requirement} ${title}` : title;
}
