/** The plans of each query before and after, as text. Pure. */
import { BASELINE, planUnder, type SurveyedPlan } from '../../advisor/survey.ts';
import { code, details, fence, text } from '../markdown.ts';
import { planLines } from '../planText.ts';
import { numberOf } from './effects.ts';
import type { Evidence } from './types.ts';

/** Longer ones are folded. */
const SHOWN_LINES = 24;

export function plansSection({ survey, kept }: Evidence): string {
  const sections = survey.queries.map(query => {
    const heading = `### ${numberOf(survey, query)} ${text(query.title)}`;
    const [before, after] = [planUnder(survey, query, BASELINE), planUnder(survey, query, kept)];
    if (before === undefined || after === undefined)
      return `${heading}\n\n${query.failure === undefined ? 'Not planned.' : `Refused: ${text(query.failure)}`}`;
    if (before === after)
      return `${heading}\n\nThe same plan before and after.\n\n${planOf('The plan', before)}`;
    return [heading, planOf('Before', before), planOf('After', after)].join('\n\n');
  });
  return ['## Plans', ...sections].join('\n\n');
}

function planOf(name: string, { tree, estimate, rewrite }: SurveyedPlan): string {
  const how =
    tree === undefined
      ? 'estimates: it did not run to its end'
      : tree.timed
        ? 'measured'
        : 'run without the time of each node';
  const lines = planLines(tree ?? estimate);
  const block = fence('text', lines);
  const heading = `**${name}** (${how})${rewrite === undefined ? '' : `, the rewrite ${code(`@${rewrite}`)}`}:`;
  return `${heading}\n\n${lines.length > SHOWN_LINES ? details(`${lines.length} lines`, block) : block}`;
}
