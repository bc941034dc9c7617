/** The screen as a text file: what a change of wording or layout does to it is seen in its diff. */
import { expect } from 'vitest';
import { cells } from '../../src/tui/cell.ts';

/** One size is enough for most scenes: at the others a scene has to fit. */
const USUAL = '120x40';
/** Scenes whose layout depends on the size. */
const AT_EACH_SIZE =
  /^(?:asking|starting|all-on|building|help|summary|ddl|editor|settings|requirements|advice-(?:choices|matrix|frontier)|suggestions-listed|viewer-(?:one|two)|too-small)$/;

/** @param frame Lines as the terminal shows them. @param name Of its file in test/tui/frames, without the size. */
export async function expectFrame(
  frame: string,
  { columns, rows }: { readonly columns: number; readonly rows: number },
  name: string,
): Promise<void> {
  const lines = frame.split('\n');
  expect(lines.length, 'as tall as the terminal, and Ink clears the scrollback').toBeLessThan(rows);
  for (const line of lines) expect(cells(line), line).toBeLessThanOrEqual(columns);
  const size = `${columns}x${rows}`;
  if (size === USUAL || AT_EACH_SIZE.test(name))
    await expect(`${frame}\n`).toMatchFileSnapshot(`frames/${size}-${name}.txt`);
}
