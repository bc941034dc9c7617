/** The frame and common parts of a page: answer, tables, folds. */
import { type Html, html, NONE, when } from './html.ts';
import { STYLE } from './style.ts';

interface Page {
  /** The workload's title. */
  readonly title: string;
  /** One sentence. */
  readonly answer: string;
  /** Reservations about the answer. */
  readonly alarms: readonly string[];
  readonly figures: readonly { readonly name: string; readonly value: string }[];
  readonly sections: readonly Html[];
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Its content security policy forbids scripts, requests, forms and frames.
 * @returns A whole document.
 */
export function pageText({ title, answer, alarms, figures, sections, program, at }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title} · pgopt-explore</title>
${STYLE}
</head>
<body>
<header>
<h1>${title}</h1>
<p class="answer">${unbroken(answer)}</p>
${alarms.map(text => html`<p class="alarm">${text}</p>`)}
<dl class="tiles">${figures.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>
<main>
${sections}
</main>
<footer>Made by ${program}, <time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time>. This file loads nothing and runs no script.</footer>
</body>
</html>
`.toString();
}

/** Keeps a figure and its unit on one line. */
const unbroken = (text: string): string =>
  text.replace(/(\d) (?=(?:%|k?B|[MGT]B|ms|s|min|h|d)\b|%)/g, '$1\u00a0');

/** Empty without content. */
export const section = (title: string, ...content: readonly Html[]): Html =>
  content.every(part => part.toString() === '') ? NONE : html`<section><h2>${title}</h2>${content}</section>`;

interface Column {
  readonly title: string;
  /** 'number' is right-aligned; 'short' is never broken; 'wide' fills a line on a phone; 'word' needs no label there. */
  readonly kind?: 'number' | 'short' | 'wide' | 'word';
}

export type Cell = string | Html;

const cell = (content: Cell = ''): Cell => (typeof content === 'string' ? unbroken(content) : content);

/** Rows become blocks on a phone. Empty without rows. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Html {
  if (rows.length === 0) return NONE;
  // Cells that fill a line on a phone need no label.
  const isLabeled = ({ kind }: Column) => kind !== 'wide' && kind !== 'word';
  const classOf = ({ kind }: Column) => (kind === 'number' ? 'n' : (kind ?? ''));
  return html`<div class="scroll"><table class="stack"><thead><tr>${columns.map(
    column => html`<th class="${classOf(column)}">${column.title}</th>`,
  )}</tr></thead><tbody>${rows.map(
    row =>
      html`<tr>${columns.map(
        (column, at) =>
          html`<td class="${classOf(column)}" data-label="${isLabeled(column) ? column.title : ''}">${cell(row[at])}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}

export const list = (lines: readonly string[]): Html =>
  when(lines.length > 0, () => html`<ul>${lines.map(line => html`<li>${line}</li>`)}</ul>`);

export const fold = (title: string, content: Html): Html =>
  when(
    content.toString() !== '',
    () => html`<details class="more"><summary>${title}</summary>${content}</details>`,
  );

export const preformatted = (text: string): Html => when(text !== '', () => html`<pre>${text}</pre>`);

/** Colors a word by its meaning, which the word itself also states. */
export function colored(text: string, meaning: 'good' | 'bad' | 'warn' | 'soft' | undefined): Html {
  return meaning === undefined ? html`${text}` : html`<span class="${meaning}">${text}</span>`;
}

export const meaningOf = (state: string): 'good' | 'bad' | 'soft' =>
  state === 'pass' || state === 'faster' || state === 'met'
    ? 'good'
    : state === 'fail' || state === 'slower' || state === 'missed'
      ? 'bad'
      : 'soft';
