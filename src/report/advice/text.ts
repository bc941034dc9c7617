/** The advice document → plain text, without color. */
import { productionAdviceText } from './atProductionText.ts';
import type { AdviceDocument } from './document.ts';
import { frontierText } from './frontierText.ts';
import { databaseText, keepText } from './headText.ts';
import { matrixText } from './matrixText.ts';
import { sentenceSections } from './sentenceSections.ts';
import { sureText } from './sureText.ts';

/**
 * @param width Columns; designed for 80 and more.
 * @returns Text with a trailing newline.
 */
export function adviceText(document: AdviceDocument, width: number): string {
  const { measured, atProduction, target } = document;
  const here = [
    ...keepText(document, width),
    ...matrixText(document, width),
    ...sentenceSections(document, width),
    ...frontierText(document, width),
    ...sureText(document, width),
  ];
  const sections = [
    ...databaseText(document, width),
    // Without runs, the lens has the same facts about the database, and more precise ones.
    ...(measured || atProduction === null ? here : []),
    ...(atProduction === null ? [] : productionAdviceText(atProduction, width, target.lens !== null)),
  ];
  return `${sections.join('\n\n')}\n`;
}
