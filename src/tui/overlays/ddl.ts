/** The DDL of the proposal under the cursor, as its file has it, and what it became. */

import { formatBytes, formatMs, formatRows, sanitize } from '../../base/format.ts';
import { bytesOf, removedOf } from '../../session/events.ts';
import { PROPOSAL_KINDS } from '../../workload/proposalKinds.ts';
import type { Proposal } from '../../workload/workload.ts';
import { type Line, wrap } from '../cell.ts';
import { proposalUnderCursor } from '../model/selectors.ts';
import type { State } from '../state/state.ts';
import { suggestionOf } from '../state/suggest.ts';
import { costLines } from './cost.ts';
import { sqlToLines } from './highlight.ts';
import { queriesOf } from './suggestions.ts';
import { unusedByQueries } from './unused.ts';

function builtLines(state: State, { id, kind }: Proposal, width: number): Line[] {
  const build = state.builds[id];
  const drop = PROPOSAL_KINDS[kind].standsForExisting;
  if (build?.state === 'failed')
    return [[{ text: `failed: ${sanitize(build.reason)}`, color: 'red', bold: true }]];
  if (build?.state !== 'built')
    return [[{ text: build === undefined ? 'not built' : build.state, dim: true }]];
  const { objects, buildMs, bytes, cost, hypothetical, unusable } = build.built;
  const freed = bytesOf(removedOf(build.built));
  return [
    [
      {
        text: drop
          ? `exists; without it ${formatBytes(bytes)} are freed`
          : hypothetical === true
            ? `hypothetical: nothing was built; HypoPG estimates ${formatBytes(bytes)} in all`
            : `built in ${formatMs(buildMs)}, ${formatBytes(bytes)} in all${freed > 0 ? `; replaces ${formatBytes(freed)}` : ''}`,
        bold: true,
      },
    ],
    ...objects.map((object): Line => {
      const on = object.kind === 'materialized view' ? '' : ` on ${sanitize(object.table)}`;
      const rows = formatRows(object.rows);
      return [
        {
          text: `  ${!drop && object.existing ? 'drops ' : ''}${object.kind} ${sanitize(object.name)}${on}: ${formatBytes(object.bytes)}, ${rows}`,
        },
      ];
    }),
    ...(unusable === undefined
      ? []
      : wrap(sanitize(`effect unknown: ${unusable}`), width).map(
          (text): Line => [{ text, color: 'magenta' }],
        )),
    ...(drop || hypothetical === true ? [] : costLines(cost)),
  ];
}

/** What the search for suggestions says of it. */
function suggestedLines(state: State, proposal: Proposal, width: number): Line[] {
  const suggestion = suggestionOf(state, proposal);
  if (suggestion === undefined) return [];
  const { queries, productionBytes, refreshMs, productionRefreshMs, dated, tied, opened } = suggestion;
  const words = [
    `suggested for ${queriesOf(state, queries)}`,
    `${formatBytes(productionBytes)} at production size`,
    ...(refreshMs === undefined
      ? []
      : [
          `one REFRESH takes ${formatMs(refreshMs)} here${productionRefreshMs === undefined ? '' : `, ≈ ${formatMs(productionRefreshMs)} at production size`}`,
        ]),
    ...(dated ? ['its rows depend on the day of the last REFRESH'] : []),
    ...(opened.length === 0 ? [] : [`it serves every value of ${opened.join(', ')}`]),
    ...(tied ? ['it holds for the constants in its query alone'] : []),
  ];
  return wrap(sanitize(`* ${words.join('; ')}`), width).map((text): Line => [{ text, color: 'cyan' }]);
}

export function ddlLines(state: State, width: number): Line[] {
  const proposal = proposalUnderCursor(state);
  if (proposal === undefined) return [];
  return [
    [{ text: sanitize(proposal.title), bold: true }],
    ...builtLines(state, proposal, width),
    ...suggestedLines(state, proposal, width),
    ...unusedByQueries(state, width),
    ...(state.session?.likeness?.get(proposal.id) ?? []).map(
      (note): Line => [{ text: sanitize(note), color: 'magenta' }],
    ),
    [{ text: `-- ${proposal.file}`, dim: true }],
    [],
    ...sqlToLines(proposal.ddl, width),
  ];
}
