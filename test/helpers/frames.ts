/** A server's messages, byte by byte. */

export function frame(type: string, ...fields: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(fields.map(field => (typeof field === 'string' ? Buffer.from(field) : field)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Text columns. */
export const columns = (...names: readonly string[]): Buffer =>
  frame(
    'T',
    int16(names.length),
    ...names.map(name =>
      Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(6), int32(25), Buffer.alloc(8)]),
    ),
  );

export const row = (...values: readonly (string | null)[]): Buffer =>
  frame(
    'D',
    int16(values.length),
    ...values.flatMap(value =>
      value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value)],
    ),
  );

export const LOGIN = Buffer.concat([
  frame('R', int32(0)),
  frame('S', 'server_version\x0015.4\0'),
  frame('K', int32(1), int32(2)),
  frame('Z', 'I'),
]);

/** An answer to one statement. */
export const answer = (...messages: readonly Buffer[]): Buffer =>
  Buffer.concat([frame('1'), frame('2'), ...messages, frame('C', 'SELECT 1\0'), frame('Z', 'I')]);
