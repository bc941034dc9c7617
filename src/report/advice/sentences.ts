/** What is told in sentences: regressions, proposals that help nothing, pairs, requirements. Pure. */
import { formatFactor, harmless } from '../../format/index.ts';
import type { AdviceDocument } from './document.ts';
import { bytesText } from './plot.ts';
import { configurationText, evidenceText, plural, queryTitle, verdictText, wrap } from './words.ts';

export function sentences(document: AdviceDocument, width: number): string[] {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['What gets slower', regressions(document)],
    ['Proposals that help nothing', useless(document)],
    ['Proposals that depend on each other', pairs(document)],
    ['Requirements', requirements(document)],
  ];
  return sections.flatMap(([heading, lines]) =>
    lines.length === 0 ? [] : [[heading, ...lines.map(line => wrap(`  ${line}`, width, '    '))].join('\n')],
  );
}

function regressions(document: AdviceDocument): string[] {
  return document.matrix.flatMap(({ proposal, regressions }) =>
    regressions.map(({ query, where, verdict }) => {
      const subject = subjectOf(document, proposal);
      const beside = where === 'alone' ? ', alone' : ', added to all others';
      return `${subject} makes ${queryTitle(document, query)} ${verdictText(verdict)}${beside} (${evidenceText(verdict)}).`;
    }),
  );
}

function subjectOf({ proposals }: AdviceDocument, id: string): string {
  const drop = proposals.some(proposal => proposal.id === id && proposal.kind === 'drop');
  return drop ? `Dropping the indexes that ${harmless(id)} names` : harmless(id);
}

function useless(document: AdviceDocument): string[] {
  // Two gains that are not clear by themselves may be clear as one: then the pair says so, and neither is useless.
  const together = new Set(
    document.pairs.flatMap(({ kind, proposals }) => (kind === 'only together' ? proposals : [])),
  );
  return document.matrix.flatMap(({ proposal, helps }) => {
    if (helps !== 'nothing' || together.has(proposal)) return [];
    const { kind, bytes = 0, freedBytes = 0 } = document.proposals.find(({ id }) => id === proposal) ?? {};
    return kind === 'drop'
      ? `${subjectOf(document, proposal)} makes nothing clearly faster; it frees ${bytesText(freedBytes)}.`
      : `${harmless(proposal)} (${bytesText(bytes)}) makes no query clearly faster, whatever else is on.`;
  });
}

/** The same pair, of several queries, is one sentence. */
function pairs(document: AdviceDocument): string[] {
  const groups = new Map<string, AdviceDocument['pairs']>();
  for (const pair of document.pairs) {
    const key = JSON.stringify([pair.proposals, pair.kind]);
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()].map(group => {
    const [first] = group;
    const names = (first?.proposals ?? []).map(id => harmless(id)).join(' and ');
    const where = group.map(pair => {
      const beside = pair.beside.length === 0 ? '' : ` beside ${configurationText(document, pair.beside)}`;
      const open =
        pair.unmeasured === 0
          ? ''
          : `; as far as it was measured: ${plural(pair.unmeasured, 'difference was', 'differences were')} not`;
      return `${queryTitle(document, pair.query)}${beside} (${verdictText(pair.both)} with both: ${evidenceText(pair.both)}${open})`;
    });
    const what =
      first?.kind === 'only together'
        ? 'only help together: neither clearly helps without the other'
        : 'replace each other: where one is there, the other adds nothing clear';
    return `${names} ${what}. ${where.join('; ')}.`;
  });
}

function requirements(document: AdviceDocument): string[] {
  const title = (id: string) => harmless(document.requirements.find(one => one.id === id)?.title ?? id);
  const judged = new Map(
    document.recommended?.requirements.map(({ requirement, ...rest }) => [requirement, rest]),
  );
  const lines = document.requirements.flatMap(({ id, title, state, nearest, counts }) => {
    const name = harmless(title);
    switch (state) {
      case 'met by none':
        return [
          `${name}: no configuration meets it${unmeasured(counts)}; ${nearestText(document, nearest)}.`,
        ];
      case 'not measured':
        return [`${name}: not measured.`];
      case 'not applicable':
        return [`${name}: not applicable, there is nothing to test.`];
      default: {
        const { judgement, missBy } = judged.get(id) ?? { judgement: undefined, missBy: null };
        if (judgement === 'fail')
          return [`${name}: can be met, but not by what is recommended, which misses it${factor(missBy)}.`];
        return judgement === 'not measured'
          ? [`${name}: can be met; not measured of what is recommended.`]
          : [];
      }
    }
  });
  const apart = document.excluding.map(group => `Cannot be met together: ${group.map(title).join('; ')}.`);
  return [...lines, ...apart];
}

const unmeasured = (counts: { readonly 'not measured': number }) =>
  counts['not measured'] === 0 ? '' : ` (of ${counts['not measured']} it is not known)`;

function nearestText(
  document: AdviceDocument,
  nearest: AdviceDocument['requirements'][number]['nearest'],
): string {
  if (nearest === null) return 'which one comes nearest is not known';
  return `the nearest, ${configurationText(document, nearest.proposals)}, misses it${factor(nearest.missBy)}`;
}

function factor(missBy: number | null): string {
  if (missBy === null) return '';
  const { text, direction } = formatFactor(missBy);
  return direction === 'same' ? ' by less than 5 %' : ` by a factor of ${text.replace('×', '')}`;
}
