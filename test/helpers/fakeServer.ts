/** A TCP port that gives a prepared answer, once per connection. */
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** @param greet Called with each connection; it may write at once, or when something comes. @returns The port. */
export async function fakeServer(greet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    greet(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A PostgreSQL without TLS that sends every client away. */
export const sendsAway =
  (code: string, message: string) =>
  (socket: Socket): void => {
    socket.on('data', data => {
      // SSLRequest is 8 bytes long.
      if (data.length === 8) socket.write('N');
      else socket.end(errorResponse('FATAL', code, message));
    });
  };

export function errorResponse(severity: string, code: string, message: string): Buffer {
  const fields = Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
