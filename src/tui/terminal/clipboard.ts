/** The terminal's clipboard, by OSC 52: works over ssh, and in tmux where `set-clipboard` is on. */
import { formatBytes } from '../../base/format.ts';

/** Terminals drop longer texts (xterm, tmux: about 100 kB of base64). */
const MOST = 74_994;

/** What to write to the terminal; undefined for a text that is too long for it. */
function copySequence(text: string): string | undefined {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  return encoded.length > MOST ? undefined : `\u001b]52;c;${encoded}\u0007`;
}

/** Copies and says so. @param what `the node`, for the answer. */
export function copyTo(write: (sequence: string) => unknown, what: string, text: string | undefined): string {
  if (text === undefined) return 'nothing to copy';
  const sequence = copySequence(text);
  const size = formatBytes(Buffer.byteLength(text));
  if (sequence === undefined) return `not copied: ${size} are more than terminals take (OSC 52)`;
  write(sequence);
  return `copied ${what}, ${size}, if your terminal allows it (OSC 52)`;
}
