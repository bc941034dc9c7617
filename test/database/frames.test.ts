import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameCheck, LIMITS, ProtocolViolation } from '../../src/database/frames.ts';
import { connect } from '../../src/database/link.ts';
import { fakeServer } from '../helpers/fakeServer.ts';
import { answer, columns, frame, int16, int32, LOGIN, row } from '../helpers/frames.ts';

const ERROR = frame('E', 'SERROR\0C42601\0Mno\0\0');
const CONVERSATION = Buffer.concat([
  frame('R', int32(10), 'SCRAM-SHA-256\0\0'),
  frame('R', int32(11), 'r=abc'),
  frame('R', int32(12), 'v=abc'),
  LOGIN,
  answer(columns('a', 'ü'), row('1', null), frame('N', 'SNOTICE\0Mhm\0\0'), row('', 'x'.repeat(3000))),
  frame('A', int32(7), 'channel\0payload\0'),
  answer(frame('n')),
  Buffer.concat([frame('1'), ERROR, frame('Z', 'E')]),
  ERROR,
]);

/** What is let through of these pieces. */
function passed(...pieces: readonly Buffer[]): Buffer {
  const check = new FrameCheck();
  return Buffer.concat(pieces.map(piece => check.push(piece) ?? Buffer.alloc(0)));
}

describe('messages', () => {
  it('come through unchanged, in whatever pieces they come, and only whole', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(CONVERSATION.length)), cuts => {
        const ends = [...cuts, CONVERSATION.length].sort((a, b) => a - b);
        const pieces = ends.map((end, index) =>
          CONVERSATION.subarray(index === 0 ? 0 : ends[index - 1], end),
        );
        expect(passed(...pieces).equals(CONVERSATION)).toBe(true);
      }),
    );
    expect(passed(LOGIN.subarray(0, LOGIN.length - 1))).toEqual(LOGIN.subarray(0, LOGIN.length - 6));
  });

  const inAnswer = (...messages: readonly Buffer[]): Buffer =>
    Buffer.concat([LOGIN, frame('1'), frame('2'), ...messages]);
  it.each<[string, Buffer, string]>([
    ['an error without its end', frame('E', 'SFATAL'), 'ErrorResponse has an unterminated text'],
    ['an error without its last NUL', frame('E', 'SFATAL\0'), 'ErrorResponse is cut short'],
    ['an error that goes on', frame('E', 'SFATAL\0\0x'), 'ErrorResponse is longer than its fields'],
    ['a notice without its end', frame('N', 'SNOTICE\0M'), 'NoticeResponse has an unterminated text'],
    ['half a parameter', frame('S', 'server_version\0'), 'ParameterStatus has an unterminated text'],
    ['half a notification', frame('A', int32(1), 'x\0'), 'NotificationResponse has an unterminated text'],
    ['an unknown type', frame('Q', 'x'), 'a message of the unknown type 0x51'],
    ['a length of 3', Buffer.from('R\0\0\0\x03'), 'Authentication of 3 bytes'],
    ['an endless length', Buffer.from([0x53, 0xff, 0xff, 0xff, 0xff]), 'ParameterStatus of 4294967295 bytes'],
    ['an unknown method', frame('R', int32(7)), 'Authentication asks for method 7, which is not supported'],
    [
      'mechanisms without an end',
      frame('R', int32(10), 'SCRAM-SHA-256\0'),
      'Authentication has an unterminated text',
    ],
    ['half a salt', frame('R', int32(5), 'ab'), 'Authentication is cut short'],
    ['ready before it let us in', frame('Z', 'I'), 'ReadyForQuery comes out of turn'],
    [
      'ready after an error instead',
      Buffer.concat([ERROR, frame('Z', 'I')]),
      'ReadyForQuery comes out of turn',
    ],
    [
      'an unknown status',
      Buffer.concat([frame('R', int32(0)), frame('Z', 'X')]),
      'ReadyForQuery has an unknown status',
    ],
    ['rows before their columns', inAnswer(row('1')), 'DataRow comes out of turn'],
    [
      'fewer columns than said',
      inAnswer(frame('T', int16(2), 'a\0', Buffer.alloc(18))),
      'RowDescription has an unterminated text',
    ],
    ['a cut column', inAnswer(frame('T', int16(1), 'a\0', Buffer.alloc(9))), 'RowDescription is cut short'],
    [
      'more columns than there can be',
      inAnswer(frame('T', int16(65535))),
      'RowDescription has 65535 columns',
    ],
    ['a row of other columns', inAnswer(columns('a'), row('1', '2')), 'DataRow has 2 columns, not 1'],
    [
      'a value that is too long',
      inAnswer(columns('a'), frame('D', int16(1), int32(9), 'x')),
      'DataRow is cut short',
    ],
    ['a negative length', inAnswer(columns('a'), frame('D', int16(1), int32(-2))), 'DataRow is cut short'],
    [
      'two answers to one statement',
      Buffer.concat([LOGIN, answer(frame('n')), frame('Z', 'I')]),
      'ReadyForQuery comes out of turn',
    ],
    ['an answer to nothing', Buffer.concat([LOGIN, columns('a')]), 'RowDescription comes out of turn'],
    ['a second login', Buffer.concat([LOGIN, frame('R', int32(0))]), 'Authentication comes out of turn'],
    [
      'a command without its end',
      inAnswer(frame('n'), frame('C', 'SELECT 1')),
      'CommandComplete has an unterminated text',
    ],
    ['half a key', frame('K', int32(1)), 'BackendKeyData is cut short'],
    ['half a list of types', inAnswer(frame('t', int16(2), int32(25))), 'ParameterDescription is cut short'],
    ['protocol 2', Buffer.from('Ecould not fork new process\n\0'), 'could not fork new process'],
  ])('%s is refused', (_what, bytes, says) => {
    expect(() => passed(bytes)).toThrow(new ProtocolViolation(says));
  });

  it('without end are refused: too many rows, notices, bytes', () => {
    const check = new FrameCheck();
    check.push(inAnswer(columns('a')));
    const rows = Buffer.concat(Array<Buffer>(10_000).fill(row('1')));
    const endless = (bytes: Buffer, most: number) => () => {
      for (let sent = 0; sent <= most; sent += 10_000) check.push(bytes);
    };
    expect(endless(rows, LIMITS.rows)).toThrow('DataRow comes more than');
    const other = new FrameCheck();
    const notices = Buffer.concat(Array<Buffer>(10_000).fill(frame('N', 'SNOTICE\0Mx\0\0')));
    expect(() => {
      for (let sent = 0; sent <= LIMITS.asides; sent += 10_000) other.push(notices);
    }).toThrow('NoticeResponse comes more than');
    const big = new FrameCheck();
    big.push(inAnswer(columns('a')));
    const wide = row('x'.repeat(1024 ** 2));
    expect(() => {
      for (let sent = 0; sent <= LIMITS.answerBytes; sent += wide.length) big.push(wide);
    }).toThrow('brings an answer to more than 512 MB');
  });

  it('a plan of 100 MB is not', () => {
    const plan = row('x'.repeat(100 * 1024 ** 2));
    const pieces: Buffer[] = [];
    for (let at = 0; at < plan.length; at += 65_536) pieces.push(plan.subarray(at, at + 65_536));
    expect(passed(inAnswer(columns('QUERY PLAN')), ...pieces).length).toBeGreaterThan(plan.length);
  });

  it('mutated anywhere are refused or well-formed, and never more than they were', () => {
    const mutations = fc.array(
      fc.record({
        at: fc.nat(CONVERSATION.length - 1),
        byte: fc.nat(255),
        how: fc.constantFrom('set', 'insert', 'cut'),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(mutations, changes => {
        let bytes = CONVERSATION;
        for (const { at, byte, how } of changes)
          bytes = Buffer.concat([
            bytes.subarray(0, at),
            ...(how === 'cut' ? [] : [Buffer.from([byte])]),
            bytes.subarray(how === 'insert' ? at : at + 1),
          ]);
        try {
          const through = passed(bytes);
          expect(through.equals(bytes.subarray(0, through.length))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolViolation);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a connection', () => {
  /** Lets every client in, then answers the first statement so. */
  const answering = (bytes: Buffer): Promise<number> =>
    fakeServer(socket => {
      let seen = 0;
      socket.on('data', data => {
        if (data.length === 8) return void socket.write('N');
        seen++;
        socket.write(seen === 1 ? LOGIN : bytes);
      });
    });

  it('is lost with one line when an answer is malformed, and says so to every statement', async () => {
    const port = await answering(Buffer.concat([frame('1'), frame('2'), frame('T', int16(1), 'a')]));
    const link = await connect({ host: '127.0.0.1', port, user: 'me', database: 'x' }, 'test');
    const says =
      'the server does not speak PostgreSQL’s protocol correctly: RowDescription has an unterminated text';
    await expect(link.query('SELECT 1')).rejects.toThrow(says);
    expect(await link.lost).toBe(says);
    await expect(link.query('SELECT 1')).rejects.toThrow();
    await link.end();
  });

  it('is refused with one line when the error why it is refused has no end', async () => {
    const port = await fakeServer(socket => {
      socket.on('data', data => void socket.write(data.length === 8 ? 'N' : frame('E', 'SFATAL')));
    });
    await expect(
      connect({ host: '127.0.0.1', port, user: 'me', database: 'x' }, 'test'),
    ).rejects.toMatchObject({
      code: 'connection-refused',
      message: expect.stringMatching(/protocol correctly: ErrorResponse has an unterminated text$/),
    });
  });
});
