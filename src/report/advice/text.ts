/** The advice document → lines of text, free of Ink and of colour. Pure. */

import { sentencesOf } from '../../advisor/advice/sentences.ts';
import type { AdviceDocument } from './document.ts';
import { frontierText } from './frontierText.ts';
import { headText } from './headText.ts';
import { matrixText } from './matrixText.ts';
import { sureText } from './sureText.ts';
import { wrap } from './wrap.ts';

/**
 * @param width Columns; made for 80 and more.
 * @returns Text with a trailing newline.
 */
export function adviceText(document: AdviceDocument, width: number): string {
  const sections = [
    ...headText(document, width),
    ...matrixText(document, width),
    ...sentencesOf(document).map(({ heading, lines }) =>
      [heading, ...lines.map(line => wrap(`  ${line}`, width, '    '))].join('\n'),
    ),
    ...frontierText(document, width),
    ...sureText(document, width),
  ];
  return `${sections.join('\n\n')}\n`;
}
