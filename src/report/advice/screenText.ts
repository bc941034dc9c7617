/** The first screen of the advice: the answer, a decision for each proposal, the uncertainties. */
import type { Advice } from '../../advisor/advice/advice.ts';
import { GROWN_HERE, OF_LENS, samePlansText } from '../../advisor/advice/plannedWords.ts';
import { sanitize } from '../../base/format.ts';
import { plannedText } from './atProductionText.ts';
import { alarmsOf, answerText, consequencesOf, uncertaintiesOf } from './decisions.ts';
import type { AdviceDocument } from './document.ts';
import { decisionsText } from './headText.ts';
import { wrap } from './wrap.ts';

/** Shows this many uncertainties; --verbose shows the rest. */
const MOST_UNCERTAIN = 3;
const MORE = '--verbose shows everything; --html FILE writes a page to share.';

/**
 * @param width Columns; designed for 80 and more.
 * @returns Text with a trailing newline.
 */
export function adviceScreen(document: AdviceDocument, width: number): string {
  const { measured, atProduction, target } = document;
  const isTimed = atProduction !== null && atProduction.sizes.length > 0;
  const sections = [
    ...(measured || atProduction === null ? answerSections(document, width) : []),
    ...(atProduction === null
      ? []
      : [
          'AT PRODUCTION SIZE',
          ...(isTimed
            ? answerSections(atProduction, width)
            : [
                wrap(target.lens === null ? GROWN_HERE : OF_LENS, width, ''),
                ...[samePlansText(atProduction) ?? []].flat().map(line => wrap(line, width, '')),
                ...plannedText(atProduction, width),
              ]),
        ]),
  ];
  const where = [whereText(document), MORE].map(line => wrap(line, width)).join('\n');
  return `${sections.join('\n\n')}\n${where}\n`;
}

function answerSections(advice: Advice, width: number): string[] {
  const uncertain = uncertaintiesOf(advice);
  const more = uncertain.length - MOST_UNCERTAIN;
  const shown = [
    ...uncertain.slice(0, MOST_UNCERTAIN),
    ...(more > 0 ? [`${more} more with --verbose.`] : []),
  ];
  const below = [...consequencesOf(advice), `Uncertain: ${shown.join('\n  ')}`];
  return [
    ...alarmsOf(advice).map(line => wrap(line, width)),
    wrap(answerText(advice), width),
    decisionsText(advice, width),
    below
      .flatMap(text => text.split('\n'))
      .map(line => wrap(line, width))
      .join('\n'),
  ].filter(text => text !== '');
}

function whereText({ target, measured }: AdviceDocument): string {
  const { label, lens, serverVersion } = target;
  if (lens !== null) return sanitize(`Lens of ${lens.of}: planned, nothing was run.`);
  const version =
    serverVersion === null || label.includes(`PostgreSQL ${serverVersion}`)
      ? ''
      : `, PostgreSQL ${serverVersion}`;
  return sanitize(`${label}${version}: ${measured ? '' : 'no query was run, '}nothing was committed.`);
}
