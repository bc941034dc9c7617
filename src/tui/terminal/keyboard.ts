/** The keyboard while the components are on the screen. Ink's own useInput knows neither pastes nor several keys in one read. */
import { useStdin } from 'ink';
import { useEffect, useRef } from 'react';
import {
  decode,
  decodeRest,
  type Input,
  isComplete,
  type MouseEvent,
  NOTHING_UNDECODED,
  type Undecoded,
} from '../decodeKeys.ts';

/** A sequence comes in one go, even over a slow line; a lone ESC is the key. */
const SEQUENCE_MS = 50;
/** A paste whose end never comes must not swallow Ctrl-C. */
const PASTE_MS = 1000;

/** Puts the terminal into raw mode, and back when the components go. */
export function useKeyboard(
  pressed: (name: string) => void,
  pasted: (text: string) => void,
  moused: (event: MouseEvent) => void = () => undefined,
): void {
  const { stdin } = useStdin();
  const handlers = useRef({ pressed, pasted, moused });
  handlers.current = { pressed, pasted, moused };
  useEffect(() => {
    let undecoded: Undecoded = NOTHING_UNDECODED;
    let waiting: NodeJS.Timeout | undefined;
    const pass = (inputs: readonly Input[]): void => {
      for (const input of inputs)
        if ('key' in input) handlers.current.pressed(input.key);
        else if ('mouse' in input) handlers.current.moused(input.mouse);
        else handlers.current.pasted(input.paste);
    };
    const giveUp = (): void => {
      const inputs = decodeRest(undecoded);
      undecoded = NOTHING_UNDECODED;
      pass(inputs);
    };
    const read = (): void => {
      clearTimeout(waiting);
      for (let chunk = stdin.read(); chunk !== null; chunk = stdin.read()) {
        const decoded = decode(undecoded, String(chunk), performance.now());
        undecoded = decoded.undecoded;
        pass(decoded.inputs);
      }
      if (!isComplete(undecoded))
        waiting = setTimeout(giveUp, undecoded.paste === undefined ? SEQUENCE_MS : PASTE_MS);
    };
    stdin.setEncoding('utf8');
    stdin.ref();
    stdin.setRawMode(true);
    stdin.on('readable', read);
    return () => {
      clearTimeout(waiting);
      stdin.off('readable', read);
      stdin.setRawMode(false);
      stdin.unref();
    };
  }, [stdin]);
}
