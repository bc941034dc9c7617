/** What one configuration does to all queries, held against another: who gets faster, who slower. Pure. */
import type { Mask } from '../../advisor/masks.ts';
import { compareConfigurations, type Survey } from '../../advisor/survey.ts';
import { formatFactor } from '../../format/index.ts';
import { text } from '../markdown.ts';

/** `faster: 2 (23×), 5 (29×); **SLOWER**: 3 (1.3×)`; queries by their numbers, or by their ids where values are several. */
export function effectsOf(survey: Survey, from: Mask, to: Mask): string {
  const told = survey.queries.map(query => ({
    query,
    verdict: compareConfigurations(survey, query, from, to),
  }));
  const list = (kind: 'faster' | 'slower') =>
    told.flatMap(({ query, verdict }) =>
      verdict.kind === kind
        ? [`${numberOf(survey, query)} (${verdict.atLeast ? '> ' : ''}${formatFactor(verdict.factor).text})`]
        : [],
    );
  const [faster, slower] = [list('faster'), list('slower')];
  const unknown = told.filter(({ verdict }) => verdict.kind === 'not measured').length;
  const parts = [
    ...(faster.length === 0 ? [] : [`faster: ${faster.join(', ')}`]),
    ...(slower.length === 0 ? [] : [`**SLOWER**: ${slower.join(', ')}`]),
    ...(unknown === 0 ? [] : [`not measured: ${unknown}`]),
  ];
  return parts.length === 0 ? 'no clear difference' : parts.join('; ');
}

/** A query's number, with its values where it has several sets; Markdown. */
export function numberOf(
  { queries }: Pick<Survey, 'queries'>,
  { id, number }: { readonly id: string; readonly number: number },
): string {
  const several = queries.some(other => other.number === number && other.id !== id);
  const [, label = '1'] = id.split('#');
  return several ? `${number}·${text(label)}` : String(number);
}
