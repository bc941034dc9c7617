/**
 * As much of PgBouncer as matters here, in front of a server that trusts its clients. Each client has two server
 * connections: what it sends outside a transaction goes to one, and a transaction to the other, as in transaction mode
 * with bad luck. Its start-up names a process that is neither.
 */
import { createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { errorResponse } from './fakeServer.ts';

export interface PoolerOptions {
  /** Where the server listens. */
  readonly serverPort: number;
  readonly mode: 'transaction' | 'statement';
  /** Clients beyond this number can log in, and get no answer: there is no server connection left for them. */
  readonly room?: number;
}

export const FALSE_PROCESS_ID = 999_999;
const REFUSAL = 'transaction blocks not allowed in statement pooling mode';

/** @returns The port it listens on. */
export async function startPooler({ serverPort, mode, room = 99 }: PoolerOptions): Promise<number> {
  const sockets = new Set<Socket>();
  let clients = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined);
  };
  const listener = createServer(client => {
    keep(client);
    const starved = ++clients > room;
    const servers = [0, 1].map(() => keep(createConnection(serverPort, '127.0.0.1')));
    const [outside, inside] = servers as [Socket, Socket];
    for (const server of servers) client.on('close', () => server.destroy());
    outside.on('close', () => client.destroy());
    onMessages(outside, (type, message) => {
      if (type === 'K') message.writeInt32BE(FALSE_PROCESS_ID, 5);
      client.write(message);
    });
    // Its own start-up is no news for the client.
    let started = false;
    onMessages(inside, (type, message) => {
      if (started) client.write(message);
      if (type === 'Z') started = true;
    });

    let current = outside;
    let group: Buffer[] = [];
    client.once('data', startup => {
      for (const server of servers) server.write(startup);
      onMessages(client, (type, message) => {
        if (type === 'X') {
          client.end();
          return;
        }
        group.push(message);
        if (type !== 'S' || starved) return;
        const statement = Buffer.concat(group);
        const text = statement.toString('latin1');
        group = [];
        if (text.includes('BEGIN') && mode === 'statement') {
          client.end(errorResponse('FATAL', '08P01', REFUSAL));
          return;
        }
        if (text.includes('BEGIN')) current = inside;
        current.write(statement);
        if (/ROLLBACK\0/.test(text)) inside.once('data', () => (current = outside));
      });
    });
  });
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => listener.close(resolve));
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Cuts a stream into messages: one byte of type, four of length. */
function onMessages(socket: Socket, take: (type: string, message: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const end = 1 + rest.readInt32BE(1);
      if (rest.length < end) return;
      const message = Buffer.from(rest.subarray(0, end));
      rest = rest.subarray(end);
      take(message.toString('latin1', 0, 1), message);
    }
  });
}
