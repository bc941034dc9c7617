/** A proxy to a server that changes, drops or adds one byte of the server's messages. */
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';

export interface Garble {
  /** Which byte of all that the server says, over all connections. */
  readonly at: number;
  readonly how: 'change' | 'drop' | 'add';
  readonly byte: number;
}

interface Garbled {
  readonly port: number;
  /** How much the server said so far. */
  readonly bytes: () => number;
  close(): Promise<void>;
}

export async function openGarbled(target: ConnectionSettings, garble?: Garble): Promise<Garbled> {
  let said = 0;
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer(client => {
    const upstream = target.host.startsWith('/')
      ? createConnection(join(target.host, `.s.PGSQL.${target.port}`))
      : createConnection(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', data => upstream.write(data));
    upstream.on('data', data => {
      client.write(garble === undefined ? data : garbled(data, garble, garble.at - said));
      said += data.length;
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    bytes: () => said,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function garbled(data: Buffer, { how, byte }: Garble, at: number): Buffer {
  if (at < 0 || at >= data.length) return data;
  const changed = how === 'drop' ? [] : [Buffer.from([byte])];
  return Buffer.concat([data.subarray(0, at), ...changed, data.subarray(how === 'add' ? at : at + 1)]);
}
