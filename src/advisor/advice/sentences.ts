/** The advice in sentences: what slows queries down, proposals that help nothing, pairs, requirements. */

import { formatFactor, plural, sanitize } from '../../base/format.ts';
import { append } from '../../base/lists.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import type { Advice } from './advice.ts';
import {
  bytesText,
  configurationText,
  evidenceText,
  indexNeedText,
  queryTitle,
  verdictText,
} from './words.ts';

interface Section {
  readonly about:
    | 'unmeasured'
    | 'inPlace'
    | 'indexNeeds'
    | 'regressions'
    | 'useless'
    | 'pairs'
    | 'requirements';
  readonly heading: string;
  readonly lines: readonly string[];
}

export function sentencesOf(advice: Advice): readonly Section[] {
  return (
    [
      { about: 'unmeasured', heading: NOT_MEASURED, lines: unmeasuredOf(advice) },
      { about: 'inPlace', heading: 'In place already', lines: inPlaceOf(advice) },
      { about: 'indexNeeds', heading: 'What indexes to drop are kept for', lines: indexNeedsOf(advice) },
      { about: 'regressions', heading: 'What gets slower', lines: regressionsOf(advice) },
      { about: 'useless', heading: 'Proposals that help nothing', lines: useless(advice) },
      { about: 'pairs', heading: 'Proposals that depend on each other', lines: pairs(advice) },
      { about: 'requirements', heading: 'Requirements', lines: requirements(advice) },
    ] satisfies Section[]
  ).filter(({ lines }) => lines.length > 0);
}

const NOT_MEASURED = 'Not measured: neither recommended nor rejected';

/** Production's plans have no times; one note says so for all proposals. */
function unmeasuredOf(advice: Advice): string[] {
  if (advice.projected) return [];
  return advice.proposals.flatMap(({ id, advice: standing, unmeasured, unusable }) => {
    if (standing === 'unknown') return [sanitize(`${id}: its effect is unknown: ${unusable ?? ''}.`)];
    if (standing !== 'not measured') return [];
    const queries = unmeasured.map(query => queryTitle(advice, query)).join(', ');
    return [`${sanitize(id)}: ${queries === '' ? 'the answer of its rewrite was not compared' : queries}.`];
  });
}

const inPlaceOf = ({ inPlace }: Advice): string[] =>
  inPlace.map(({ id, what }) => sanitize(`${id}: ${what}.`));

function indexNeedsOf({ proposals }: Advice): string[] {
  return proposals.flatMap(({ id, lost, advice: standing }) =>
    lost.map(need => {
      const end = standing === 'recommended' ? '' : ' It is not recommended for the bytes that it frees.';
      return `${sanitize(id)}: ${indexNeedText(need)}.${end}`;
    }),
  );
}

export function regressionsOf(advice: Advice): string[] {
  return advice.matrix.flatMap(({ proposal, regressions }) =>
    regressions.map(({ query, where, verdict }) => {
      const subject = subjectOf(advice, proposal);
      const beside = where === 'alone' ? ', alone' : ', added to all others';
      return `${subject} makes ${queryTitle(advice, query)} ${verdictText(verdict)}${beside} (${evidenceText(verdict)}).`;
    }),
  );
}

function subjectOf({ proposals }: Advice, id: string): string {
  const drop = proposals.some(proposal => proposal.id === id && factsOf(proposal).standsForExisting);
  return drop ? `Dropping the indexes that ${sanitize(id)} names` : sanitize(id);
}

function useless(advice: Advice): string[] {
  // Two unclear gains may be clear together: the pair says so, and neither proposal is useless.
  const together = new Set(
    advice.pairs.flatMap(({ kind, proposals }) => (kind === 'only together' ? proposals : [])),
  );
  return advice.matrix.flatMap(({ proposal, helps }) => {
    if (helps !== 'nothing' || together.has(proposal)) return [];
    const found = advice.proposals.find(({ id }) => id === proposal);
    const { bytes = 0, freedBytes = 0 } = found ?? {};
    return found !== undefined && factsOf(found).standsForExisting
      ? `${subjectOf(advice, proposal)} makes nothing clearly faster; it frees ${bytesText(freedBytes)}.`
      : `${sanitize(proposal)} (${bytesText(bytes)}) makes no query clearly faster: alone, added to all others, or to what is recommended.`;
  });
}

function pairs(advice: Advice): string[] {
  const groups = new Map<string, Advice['pairs']>();
  for (const pair of advice.pairs) {
    const key = JSON.stringify([pair.proposals, pair.kind]);
    append(groups, key, pair);
  }
  return [...groups.values()].map(group => {
    const [first] = group;
    const names = (first?.proposals ?? []).map(id => sanitize(id)).join(' and ');
    const where = group.map(pair => {
      const beside = pair.beside.length === 0 ? '' : ` beside ${configurationText(advice, pair.beside)}`;
      const open =
        pair.unmeasured === 0
          ? ''
          : `; ${plural(pair.unmeasured, 'difference was', 'differences were')} not measured`;
      return `${queryTitle(advice, pair.query)}${beside} (${verdictText(pair.both)} with both: ${evidenceText(pair.both)}${open})`;
    });
    const what =
      first?.kind === 'only together'
        ? 'only help together: neither clearly helps without the other'
        : 'replace each other: with one of them, the other adds nothing clear';
    return `${names} ${what}. ${where.join('; ')}.`;
  });
}

function requirements(advice: Advice): string[] {
  const titles = new Map(advice.requirements.map(({ id, title }) => [id, title]));
  // People know the board's requirements by their numbers.
  const named = (id: string) => sanitize(`${id.startsWith('REQ-') ? `${id} ` : ''}${titles.get(id) ?? id}`);
  const judged = new Map(
    advice.recommended?.requirements.map(({ requirement, ...rest }) => [requirement, rest]),
  );
  // Production without times has no recommendation: compare with all proposals.
  const ofAll = new Map(
    advice.everything.requirements.map(({ requirement, ...rest }) => [requirement, rest]),
  );
  const lines = advice.requirements.flatMap(({ id, state, nearest, counts }) => {
    const name = named(id);
    switch (state) {
      case 'met by none':
        return [
          `${name}: fails under every configuration that ${advice.projected ? 'is known' : 'was measured'}${unmeasured(counts)}; ${nearestText(advice, nearest)}.`,
        ];
      case 'not measured':
        return [`${name}: ${advice.projected ? 'not clear, or not known' : 'not measured'}.`];
      case 'not applicable':
        return [`${name}: not applicable, there is nothing to test.`];
      default: {
        if (advice.recommended === null && advice.projected) {
          const all = ofAll.get(id);
          return all?.judgement === 'fail'
            ? [`${name}: can be met, but not with all proposals on, which miss it${factor(all.missBy)}.`]
            : [];
        }
        const { judgement, missBy } = judged.get(id) ?? { judgement: undefined, missBy: null };
        if (judgement === 'fail')
          return [`${name}: can be met, but not by what is recommended, which misses it${factor(missBy)}.`];
        return judgement === 'not measured'
          ? [`${name}: can be met; not ${advice.projected ? 'clear' : 'measured'} for the recommended set.`]
          : [];
      }
    }
  });
  const apart = advice.excluding.map(group => `Cannot be met together: ${group.map(named).join('; ')}.`);
  return [...lines, ...apart];
}

const unmeasured = (counts: { readonly 'not measured': number }) =>
  counts['not measured'] === 0 ? '' : ` (${counts['not measured']} were not)`;

function nearestText(advice: Advice, nearest: Advice['requirements'][number]['nearest']): string {
  if (nearest === null) return 'the nearest one is not known';
  return `the nearest, ${configurationText(advice, nearest.proposals)}, misses it${factor(nearest.missBy)}`;
}

function factor(missBy: number | null): string {
  if (missBy === null) return '';
  const { text, direction } = formatFactor(missBy);
  return direction === 'same' ? ' by less than 5 %' : ` by a factor of ${text.replace('×', '')}`;
}
