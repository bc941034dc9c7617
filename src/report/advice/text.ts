/** The advice document → lines of text, free of Ink and of colour. Pure. */
import { aheadText } from './aheadText.ts';
import type { AdviceDocument } from './document.ts';
import { frontierText } from './frontierText.ts';
import { headText } from './headText.ts';
import { matrixText } from './matrixText.ts';
import { sentenceSections } from './sentenceSections.ts';
import { sureText } from './sureText.ts';

/**
 * @param width Columns; made for 80 and more.
 * @returns Text with a trailing newline.
 */
export function adviceText(document: AdviceDocument, width: number): string {
  const sections = [
    ...headText(document, width),
    ...matrixText(document, width),
    ...sentenceSections(document, width),
    ...frontierText(document, width),
    ...sureText(document, width),
    ...(document.atProduction === null ? [] : aheadText(document.atProduction, width)),
  ];
  return `${sections.join('\n\n')}\n`;
}
