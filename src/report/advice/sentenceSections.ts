/** The sentences of the advice as sections of text. */
import type { Advice } from '../../advisor/advice/advice.ts';
import { sentencesOf } from '../../advisor/advice/sentences.ts';
import { wrap } from './wrap.ts';

export const sentenceSections = (advice: Advice, width: number): string[] =>
  sentencesOf(advice).map(({ heading, lines }) =>
    [heading, ...lines.map(line => wrap(`  ${line}`, width, '    '))].join('\n'),
  );
