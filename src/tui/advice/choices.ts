/** The choices: what to keep, what that saves and costs, and what no configuration can do. */
import type { Advice } from '../../advisor/advice/advice.ts';
import { choiceText, meanings, metBy } from '../../advisor/advice/choiceText.ts';
import type { ChoiceModel } from '../../advisor/advice/models.ts';
import { sentencesOf } from '../../advisor/advice/sentences.ts';
import { warningsOf } from '../../advisor/advice/warnings.ts';
import { bytesText, lettersText, timeText } from '../../advisor/advice/words.ts';
import { formatMs } from '../../base/format.ts';
import type { Line } from '../cell.ts';
import { row } from '../frame.ts';
import { soughtIn } from '../model/selectors.ts';
import type { State } from '../state/state.ts';
import { isUnderWay } from '../state/survey.ts';
import {
  type Column,
  lettered,
  lettersFound,
  rowSpans,
  rowText,
  said,
  wholeColumns,
  widthsOf,
} from './cells.ts';
import type { PageOf } from './page.ts';
import { adviceRows, type ChoiceRow, choiceRows, isOnNow, rowOf } from './rows.ts';
import { verdictLines } from './verdicts.ts';

/** Lines of text that stay below the tables. */
const TEXT = 6;

export const choicesPage: PageOf = (state, advice, width, room) => {
  const rows = choiceRows(state, advice);
  const cursor = rowOf(state);
  const columns: readonly Column[] = [
    { name: '' },
    { name: 'keep', most: Math.max(9, width - 66) },
    { name: 'net size', figure: true },
    { name: advice.baseline.saved.weighted ? 'time a day' : 'total time', figure: true },
    { name: 'refresh', figure: true },
    { name: 'meets' },
  ];
  const texts = rows.map(({ name, choice }) => [name, ...cellsOf(advice, choice, isUnderWay(state))]);
  const widths = wholeColumns(widthsOf(columns, texts), width);
  const sought = [soughtIn(state, 'advice'), lettersFound(state, advice)];
  const line = (index: number): Line => {
    const choice = rows[index]?.choice;
    const mark = choice != null && isOnNow(state, choice.proposals) ? '●' : ' ';
    const bold = mark === '●';
    const spans = rowSpans(columns, texts[index] ?? [], widths, sought, { bold });
    return row([{ text: `${mark} `, bold }, ...spans], width, index === cursor, true, index);
  };
  const heading = rowText(
    columns,
    columns.map(({ name }) => name),
    widths,
  );
  const table = [[{ text: `   ${heading}`, dim: true }], ...adviceRows(state).map(line)];
  const text = textOf(state, advice, rows[cursor], width);
  const verdicts = isUnderWay(state) ? [] : verdictLines(state, advice, width);
  // Without room for both tables the verdicts begin the text.
  return verdicts.length + 1 + table.length + TEXT <= room && verdicts.length > 0
    ? { table: [...verdicts, [], ...table], text }
    : { table, text: verdicts.length === 0 ? text : [...verdicts, [], ...text] };
};

function cellsOf(advice: Advice, choice: ChoiceModel | null, open: boolean): readonly string[] {
  if (choice === null) return [open ? '…' : 'not known'];
  const { costs } = choice;
  const { met, judged } = metBy(choice);
  return [
    lettersText(advice, choice.proposals),
    bytesText(costs.netBytes),
    timeText(costs.totalMs === null ? null : { ms: costs.totalMs, atLeast: costs.atLeast }),
    costs.refreshMs === 0 ? '' : formatMs(costs.refreshMs),
    judged === 0 ? '' : `${met} of ${judged}`,
  ];
}

function textOf(state: State, advice: Advice, chosen: ChoiceRow | undefined, width: number): Line[] {
  const about = aboutChoice(advice, chosen, width);
  const { recommended } = advice;
  const warnings = warningsOf(advice).flatMap(line => said(line, width, { color: 'magenta' }));
  // The matrix shows what gets slower. A proposal that helps nothing yet, or only beside another, may still prove to help alone.
  const topics = isUnderWay(state)
    ? ['inPlace', 'indexNeeds', 'requirements']
    : ['unmeasured', 'inPlace', 'indexNeeds', 'useless', 'pairs', 'requirements'];
  const sections = sentencesOf(advice).filter(({ about }) => topics.includes(about));
  return [
    ...about,
    ...(recommended === null && state.survey?.state === 'ended'
      ? said('No recommendation: no query was measured.', width, { color: 'magenta' })
      : []),
    ...(warnings.length === 0 ? [] : [[], ...warnings]),
    ...sections.flatMap(({ heading, lines }): Line[] => [
      [],
      [{ text: heading, bold: true }],
      ...lines.flatMap(line => said(line, width)),
    ]),
  ];
}

function aboutChoice(advice: Advice, chosen: ChoiceRow | undefined, width: number): Line[] {
  if (chosen === undefined) return [];
  const means: Readonly<Record<string, string>> = {
    recommended: meanings(advice).recommended,
    cheapest: meanings(advice).cheapest,
    'near the fastest': meanings(advice).nearFastest,
  };
  const meaning = means[chosen.name];
  const explained = meaning === undefined ? [] : said(`${chosen.name}: ${meaning}`, width, { dim: true });
  const { choice } = chosen;
  if (choice === null) return [...said('not known: not all of it is measured', width), ...explained];
  const { saves, costs, slower, meets } = choiceText(advice, choice);
  const missed = choice.requirements.filter(({ judgement }) => judgement === 'fail');
  const title = (id: string) => {
    const name = advice.requirements.find(one => one.id === id)?.title ?? '';
    return id.startsWith('REQ-') ? `${id} ${name}` : name;
  };
  return [
    ...said(lettered(advice, choice.proposals), width, { bold: true }),
    ...slower.flatMap(line => said(`! ${line}`, width, { color: 'red' })),
    ...said(saves, width),
    ...said(costs, width),
    ...(meets === undefined ? [] : said(meets, width)),
    ...(missed.length === 0
      ? []
      : said(`It misses ${missed.map(({ requirement }) => title(requirement)).join('; ')}.`, width)),
    ...explained,
  ];
}
