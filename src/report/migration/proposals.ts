/** The kept proposals with their sizes, and the others with the reason. */

import { indexNeedModel } from '../../advisor/advice/models.ts';
import { bytesText, indexNeedText } from '../../advisor/advice/words.ts';
import { lostUnder } from '../../advisor/indexNeeds.ts';
import { bit, contains } from '../../advisor/masks.ts';
import { BASELINE, type SurveyedProposal } from '../../advisor/survey.ts';
import { formatBytes, formatMs } from '../../base/format.ts';
import { factsOf } from '../../workload/proposalKinds.ts';
import { code, table, text } from '../markdown.ts';
import type { Evidence } from './effects.ts';
import { effectsOf } from './effects.ts';

export function keptSection({ survey, kept, projections }: Evidence): string {
  const proposals = survey.proposals.filter((_, position) => contains(kept, bit(position)));
  if (proposals.length === 0) return '## Objects\n\nNothing: the database stays as it is.';
  const lost = lostUnder(survey, kept).map(
    need => `**Warning**: ${text(indexNeedText(indexNeedModel(need)))}.`,
  );
  const rows = proposals.flatMap(proposal =>
    proposal.objects.map((object, position) => [
      position === 0 ? code(proposal.id) : '',
      `${object.existing ? 'drops ' : ''}${object.kind}${object.usable ? '' : ', unusable until committed'}`,
      code(object.name),
      code(object.table),
      `${object.existing ? '−' : ''}${formatBytes(object.bytes)}`,
      position === 0 ? projected(proposal, projections) : '',
      position === 0 && !factsOf(proposal).standsForExisting ? formatMs(proposal.buildMs) : '',
      position === 0 ? refreshOf(proposal) : '',
    ]),
  );
  const heading = [
    'proposal',
    '',
    'name',
    'on',
    'size here',
    'at production size',
    'built in',
    'one refresh',
  ];
  const assumptions = new Set([...projections.values()].map(({ assumption }) => assumption));
  const said = [
    ...lost,
    'Built one after the other, by a plain CREATE INDEX: CONCURRENTLY takes longer.',
    ...(assumptions.size === 0
      ? []
      : [`At production size: projected; ${[...assumptions].map(text).join('; ')}.`]),
  ];
  return `## Objects\n\n${table(heading, rows, new Set([4, 5, 6, 7]))}\n\n${said.join(' ')}`;
}

function projected({ id }: SurveyedProposal, projections: Evidence['projections']): string {
  const bytes = projections.get(id)?.bytes;
  return bytes === undefined ? '' : `${formatBytes(bytes)} projected`;
}

const refreshOf = ({ refreshMs, refreshHow }: SurveyedProposal): string =>
  refreshMs === 0 ? '' : `${formatMs(refreshMs)}${refreshHow === 'built' ? ' (as long as building it)' : ''}`;

export function notKeptSection({ survey, kept, whyNot }: Evidence): string {
  const rows = survey.proposals.flatMap((proposal, position) =>
    contains(kept, bit(position))
      ? []
      : [
          [
            code(proposal.id),
            text(whyNot.get(proposal.id) ?? ''),
            effectsOf(survey, BASELINE, bit(position)),
            effectsOf(survey, kept, kept | bit(position)),
            bytesText(proposal.bytes - proposal.freedBytes),
          ],
        ],
  );
  const leftOut = survey.leftOut.map(({ id, reason }) => [
    code(id),
    text(`could not be built: ${reason}`),
    '',
    '',
    '',
  ]);
  const inPlace = (survey.inPlace ?? []).map(({ id, what }) => [
    code(id),
    text(`in place: ${what}`),
    '',
    '',
    '',
  ]);
  if (rows.length + leftOut.length + inPlace.length === 0) return '';
  const heading = ['proposal', 'why not', 'alone, in the queries', 'on top of the kept set', 'size here'];
  return `## What is not kept\n\n${table(heading, [...rows, ...leftOut, ...inPlace], new Set([4]))}`;
}
