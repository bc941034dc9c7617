/** A terminal's cells → an SVG of a window that holds them, with the key that was pressed in its title bar. */
import type { Cell } from '../../test/helpers/cells.ts';
import { paintOf } from './colors.ts';
import { FONT, FONT_SIZE } from './font.ts';
import type { Theme } from './themes.ts';

/** DejaVu Sans Mono's own advance and line height: with these, lines of box drawing meet. */
const CELL_WIDTH = FONT_SIZE * (1233 / 2048);
const CELL_HEIGHT = FONT_SIZE * (2384 / 2048);
const ASCENT = FONT_SIZE * (1901 / 2048);

const PADDING = 14;
const BAR = 30;
/** Around the window. */
const MARGIN = 2;
const RADIUS = 9;

/** @param key What was pressed; empty for none. */
export function drawWindow(
  rows: readonly (readonly Cell[])[],
  theme: Theme,
  title: string,
  key: string,
): string {
  const columns = rows[0]?.length ?? 0;
  const width = Math.ceil(columns * CELL_WIDTH) + 2 * (PADDING + MARGIN);
  const height = Math.ceil(rows.length * CELL_HEIGHT) + 2 * (PADDING + MARGIN) + BAR;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${FONT}" font-size="${FONT_SIZE}">`,
    frame(width, height, theme, title),
    key === '' ? '' : keyCap(width, theme, key),
    `<g transform="translate(${MARGIN + PADDING} ${MARGIN + BAR + PADDING})">`,
    ...rows.map((row, index) => drawRow(row, index, theme)),
    '</g></svg>',
  ].join('\n');
}

function frame(width: number, height: number, theme: Theme, title: string): string {
  const [x, right, bottom] = [MARGIN, width - MARGIN, height - MARGIN];
  const top = `M${x} ${x + BAR}V${x + RADIUS}a${RADIUS} ${RADIUS} 0 0 1 ${RADIUS} -${RADIUS}H${right - RADIUS}a${RADIUS} ${RADIUS} 0 0 1 ${RADIUS} ${RADIUS}V${x + BAR}Z`;
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (color, index) => `<circle cx="${x + 18 + index * 19}" cy="${x + BAR / 2}" r="5.5" fill="${color}"/>`,
  );
  return [
    `<rect x="${x}" y="${x}" width="${right - x}" height="${bottom - x}" rx="${RADIUS}" fill="${theme.background}"/>`,
    `<path d="${top}" fill="${theme.bar}"/>`,
    ...lights,
    `<text x="${width / 2}" y="${x + BAR / 2 + 4.5}" text-anchor="middle" font-size="13" fill="${theme.title}">${escapeXml(title)}</text>`,
    `<rect x="${x}" y="${x}" width="${right - x}" height="${bottom - x}" rx="${RADIUS}" fill="none" stroke="${theme.border}"/>`,
  ].join('\n');
}

/** The key as a cap at the right end of the title bar. */
function keyCap(width: number, theme: Theme, key: string): string {
  const cap = Math.ceil(key.length * CELL_WIDTH) + 20;
  const x = width - MARGIN - cap - 12;
  const y = MARGIN + 4;
  return [
    `<rect x="${x}" y="${y}" width="${cap}" height="${BAR - 8}" rx="5" fill="${theme.foreground}"/>`,
    `<text x="${x + cap / 2}" y="${y + 16}" text-anchor="middle" font-weight="bold" fill="${theme.background}">${escapeXml(key)}</text>`,
  ].join('\n');
}

function drawRow(row: readonly Cell[], index: number, theme: Theme): string {
  const y = index * CELL_HEIGHT;
  return runsOf(row, theme)
    .map(run => {
      const x = run.start * CELL_WIDTH;
      const paper =
        run.paper === undefined
          ? ''
          : `<rect x="${round(x)}" y="${round(y)}" width="${round(run.cells * CELL_WIDTH)}" height="${round(CELL_HEIGHT)}" fill="${run.paper}" shape-rendering="crispEdges"/>`;
      if (run.text.trim() === '') return paper;
      // A position for each character: rounding must not add up along a line.
      const xs = run.columns.map(column => round(column * CELL_WIDTH)).join(' ');
      const weight = run.bold ? ' font-weight="bold"' : '';
      const line = run.underline ? ' text-decoration="underline"' : '';
      return `${paper}<text xml:space="preserve" x="${xs}" y="${round(y + ASCENT)}" fill="${run.ink}"${weight}${line}>${escapeXml(run.text)}</text>`;
    })
    .join('');
}

interface Run {
  readonly start: number;
  cells: number;
  text: string;
  /** The column of each character of `text`. */
  readonly columns: number[];
  readonly ink: string;
  readonly paper: string | undefined;
  readonly bold: boolean;
  readonly underline: boolean;
}

/** Neighbors that look alike, together. */
function runsOf(row: readonly Cell[], theme: Theme): Run[] {
  const runs: Run[] = [];
  row.forEach((cell, column) => {
    const { ink, paper } = paintOf(cell, theme);
    const { bold, underline } = cell;
    let run = runs.at(-1);
    if (run?.ink !== ink || run.paper !== paper || run.bold !== bold || run.underline !== underline) {
      run = { start: column, cells: 0, text: '', columns: [], ink, paper, bold, underline };
      runs.push(run);
    }
    run.cells++;
    for (const character of cell.text) {
      run.text += character;
      run.columns.push(column);
    }
  });
  return runs;
}

const round = (value: number): string => value.toFixed(2);

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
