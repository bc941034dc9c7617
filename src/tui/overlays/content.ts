/** What an overlay says, as lines; it is scrolled, so it may be longer than the screen. */
import { adviceLines } from '../advice/page.ts';
import type { Line } from '../cell.ts';
import { overlayRoom, overlayWidth } from '../layout.ts';
import { effectWords } from '../model/effect.ts';
import { shownSettings } from '../model/lists.ts';
import { sceneOf } from '../model/scene.ts';
import { legendLines } from '../planView/legend.ts';
import { nodePage } from '../planView/nodePage.ts';
import { settingLines } from '../settings/lines.ts';
import { settingRows } from '../settings/settings.ts';
import type { State } from '../state/state.ts';
import { ddlLines } from './ddl.ts';
import { evidenceLines } from './evidence.ts';
import { helpLines } from './help.ts';
import { historyLines } from './history.ts';
import { ledgerLines } from './ledger.ts';
import { lensLines } from './lens.ts';
import { paletteLines } from './palette.ts';
import { problemLines } from './problems.ts';
import { requirementLines } from './requirements.ts';
import { sqlLines } from './sql.ts';
import { suggestionLines } from './suggestions.ts';

/** Empty for the summary, which is a table of its own. */
export function overlayLines(state: State): readonly Line[] {
  const width = overlayWidth(state);
  switch (state.overlay?.kind) {
    case 'help':
      return helpLines(width, 'explorer', state);
    case 'history':
      return historyLines(state, width, overlayRoom(state));
    case 'marks':
      return legendLines(width, 'explorer');
    case 'palette':
      return paletteLines(state, width, overlayRoom(state));
    case 'sql':
      return sqlLines(state, width);
    case 'ddl':
      return ddlLines(state, width);
    case 'ledger':
      return ledgerLines(state, width);
    case 'problems':
      return problemLines(state, width);
    case 'lens':
      return lensLines(state, width);
    case 'requirements':
      return requirementLines(state, width, overlayRoom(state));
    case 'evidence':
      return evidenceLines(state, width);
    case 'settings':
      return settingLines(
        state.settings,
        effectWords(state),
        state.overlay.scroll,
        width,
        overlayRoom(state),
        shownSettings(state, settingRows(state.settings)),
      );
    case 'advice':
      return adviceLines(state);
    case 'suggestions':
      return suggestionLines(state, width);
    case 'node':
      return nodePage(sceneOf(state), width);
    default:
      return [];
  }
}
