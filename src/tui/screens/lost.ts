/** The connection is gone: why, what went with it, and what to do. */
import { formatThousands, sanitize } from '../../base/format.ts';
import { type Line, type Span, wrap } from '../cell.ts';
import type { State } from '../state/state.ts';
import { SHOWN } from '../words.ts';
import { stepLines } from './startup.ts';

const SAFE = 'The transaction ended with it: nothing was committed, and nothing was left behind.';

export function lostLines(state: State): Line[] {
  const { lost } = state;
  const width = state.size.columns - 4;
  const paragraph = (text: string, style: Omit<Span, 'text'> = {}): Line[] => [
    ...wrap(sanitize(text), width).map((line): Line => [{ text: `  ${line}`, ...style }]),
    [],
  ];
  return [
    [],
    lost?.afresh === true
      ? [{ text: '  Starting afresh, in a new transaction', bold: true }]
      : [{ text: '  ✗ The connection to the database is lost', color: 'red', bold: true }],
    [],
    ...paragraph(lost?.reason ?? ''),
    ...(lost?.afresh === true ? [] : paragraph(SAFE)),
    ...paragraph(goneWords(state)),
    ...(lost?.failure === undefined ? [] : paragraph(`✗ ${lost.failure}`, { color: 'red' })),
    ...(lost?.reconnecting === true ? stepLines(state) : keyLines(state, width)),
  ];
}

/** What went with the transaction: what was built, and the figures that were read from its snapshot. */
function goneWords({ workload, builds, measurements }: State): string {
  const built = workload.proposals.flatMap(({ id }) => {
    const build = builds[id];
    return build?.state === 'built' && build.built.hypothetical !== true ? [id] : [];
  });
  const measured = Object.values(measurements)
    .flatMap(ofQuery => Object.values(ofQuery))
    .filter(({ result }) => result !== undefined).length;
  const gone = [
    ...(built.length === 0 ? [] : [`${built.join(', ')}, as built`]),
    ...(measured === 0 ? [] : [measured === 1 ? 'one run time' : `${formatThousands(measured)} run times`]),
  ];
  return gone.length === 0 ? 'Nothing had been built or measured yet.' : `Gone with it: ${gone.join('; ')}.`;
}

function keyLines({ on }: State, width: number): Line[] {
  const again = on.length === 0 ? 'every query is' : 'what is on is built again, and every query';
  const words = `${SHOWN.reconnects}: in a new transaction, with a new snapshot, ${again} planned and measured again`;
  const [first = '', ...more] = wrap(words, width - 2);
  return [
    [{ text: '  r', bold: true }, { text: ` ${first}` }],
    ...more.map((text): Line => [{ text: `    ${text}` }]),
    [{ text: '  q', bold: true }, { text: ' quits' }],
  ];
}
