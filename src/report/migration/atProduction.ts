/** The migration at production size: planned and projected, never measured. */
import { type ChoiceModel, choiceModel } from '../../advisor/advice/models.ts';
import { projectedVerdictText, signedMs, timeText } from '../../advisor/advice/words.ts';
import type { Demand } from '../../advisor/requirements/result.ts';
import { allProposals, idsOf, maskOf, type Survey } from '../../advisor/survey.ts';
import { formatBytes, formatMs, formatProjected, round } from '../../base/format.ts';
import { code, table, text } from '../markdown.ts';
import type { Evidence } from './effects.ts';
import { numberOf } from './effects.ts';

/** What is known about production under every configuration. */
export interface ProductionEvidence {
  readonly survey: Survey;
  readonly requirements: readonly Demand[];
  /** The sizes at which production's plans ran: `×0.002`; empty: only plans and bytes are known. */
  readonly sizes: readonly string[];
  /** The assumptions about production; clauses. */
  readonly remarks: readonly string[];
}

export function productionSection({ survey: here, kept: keptHere, production }: Evidence): string {
  if (production === undefined) return '';
  const { survey, requirements, sizes, remarks } = production;
  const isTimed = sizes.length > 0;
  const kept = maskOf(survey, idsOf(here, keptHere));
  const choice = (mask: number) => choiceModel(survey, mask, requirements);
  const [none, own, all] = [choice(0), choice(kept), choice(allProposals(survey))];
  const how = isTimed
    ? `**Projected, not measured.** Plans and sizes are those that PostgreSQL’s planner would choose with production’s rows; times are projected from runs of those plans at ${sizes.map(text).join(', ')}, with their interval in brackets. *Faster* and *slower* require intervals that do not overlap.`
    : '**Planned, not measured.** Plans and sizes are those that PostgreSQL’s planner would choose with production’s rows; times are unknown.';
  return [
    '## At production size',
    how,
    configurations([
      ['as it is', none],
      ['**kept**', own],
      ...(kept === allProposals(survey) ? [] : ([['all proposals', all]] as const)),
    ]),
    ...(isTimed ? [queries(survey, own)] : []),
    judged(requirements, none, own),
    ...(remarks.length === 0 ? [] : [remarks.map(remark => `- ${text(remark)}`).join('\n')]),
  ].join('\n\n');
}

function configurations(rows: readonly (readonly [string, ChoiceModel])[]): string {
  return table(
    ['', 'run time', 'saved', 'adds'],
    rows.map(([name, { costs, saved }]) => {
      const [low = null, high = null] = saved.interval ?? [];
      const gain =
        saved.savedMs === null || low === null || high === null || saved.savedMs === 0
          ? ''
          : formatProjected({ low, point: saved.savedMs, high }, signedMs);
      return [
        name,
        costs.totalMs === null ? 'not known' : `≈ ${formatMs(costs.totalMs)}`,
        gain,
        formatBytes(costs.bytes),
      ];
    }),
    new Set([1, 2, 3]),
  );
}

function queries(survey: Survey, { queries: rows }: ChoiceModel): string {
  return table(
    ['#', 'query', 'before', 'after', 'change', 'target'],
    rows.map(({ query: id, before, after, verdict, rewrite }) => {
      const query = survey.queries.find(one => one.id === id);
      return [
        query === undefined ? '' : numberOf(survey, query),
        `${text(query?.title ?? id)}${rewrite === null ? '' : ` ${code(`@${rewrite}`)}`}`,
        before === null ? 'not known' : timeText(before),
        after === null ? 'not known' : timeText(after),
        projectedVerdictText(verdict),
        round(formatMs(query?.targetMs ?? 0)),
      ];
    }),
  );
}

function judged(requirements: readonly Demand[], before: ChoiceModel, after: ChoiceModel): string {
  const of = ({ requirements: rows }: ChoiceModel, id: string) => {
    const judgement = rows.find(({ requirement }) => requirement === id)?.judgement ?? 'not measured';
    return {
      pass: 'pass',
      fail: '**FAIL**',
      'not applicable': 'not applicable',
      'not measured': 'not clear',
    }[judgement];
  };
  return table(
    ['', 'requirement', 'before', 'after'],
    requirements.map(({ id, title }) => [text(id), text(title), of(before, id), of(after, id)]),
  );
}
