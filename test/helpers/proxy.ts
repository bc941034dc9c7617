/**
 * A network between a session and its server that can be broken: a proxy that reads PostgreSQL's protocol, counts the
 * messages of both directions, and after the nth one ends, resets or freezes the connection (or all of them).
 */
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ConnectionSettings } from '../../src/database/connectionSettings.ts';

export interface Fault {
  /** After this many messages of whom it is about, from 1, both directions together; or after the first of this kind. */
  readonly after: number | string;
  /** 'end' says goodbye, 'reset' does not; 'freeze' lets nothing through any more, and neither side hears of it. */
  readonly how: 'end' | 'reset' | 'freeze';
  /** 'all': the network is down, also for new connections. Else one connection of this kind; others go on. */
  readonly whom: 'all' | 'work' | 'control';
}

export interface Network {
  /** The way to the server through the proxy. */
  readonly settings: ConnectionSettings;
  /** Messages so far, by kind of connection. */
  readonly messages: Readonly<Record<Fault['whom'], number>>;
  /** Every kind of message of the work connection so far: `> P SELECT …` of the client, `< D` of the server. */
  readonly kinds: ReadonlySet<string>;
  /** The texts of the client's Parse messages so far. */
  readonly statements: readonly string[];
  /** Breaks it now. */
  break(how: Fault['how']): void;
  /** Lets new connections through again. */
  mend(): void;
  close(): Promise<void>;
}

export async function openProxy(target: ConnectionSettings, fault?: Fault): Promise<Network> {
  const pairs = new Set<Pair>();
  const statements: string[] = [];
  const kinds = new Set<string>();
  const messages = { all: 0, work: 0, control: 0 };
  let broken: Fault['how'] | undefined;
  const breakAll = (how: Fault['how']): void => {
    broken = how;
    for (const pair of pairs) breakPair(pair, how);
  };
  const server = createServer(client => {
    if (broken !== undefined && broken !== 'freeze') {
      client.resetAndDestroy();
      return;
    }
    const upstream = target.host.startsWith('/')
      ? createConnection(join(target.host, `.s.PGSQL.${target.port}`))
      : createConnection(target.port, target.host);
    // Message by message, Nagle's algorithm would hold back each second one for 40 ms.
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    const pair: Pair = { client, upstream, frozen: broken === 'freeze' };
    pairs.add(pair);
    const passed = (kind: string): void => {
      const isFirst = pair.kind === 'work' && !kinds.has(kind);
      if (isFirst) kinds.add(kind);
      messages.all++;
      messages[pair.kind ?? 'control']++;
      if (fault === undefined || (fault.whom !== 'all' && fault.whom !== pair.kind)) return;
      if (typeof fault.after === 'string') {
        if (!isFirst || kind !== fault.after) return;
      } else if (messages[fault.whom] !== fault.after) return;
      if (fault.whom === 'all') breakAll(fault.how);
      else breakPair(pair, fault.how);
    };
    forward(client, upstream, pair, true, passed, text => statements.push(text));
    forward(upstream, client, pair, false, passed);
    const gone = (): void => {
      // The other end is not told.
      if (pair.frozen) return;
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', () => {}).on('close', gone);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    settings: { ...target, host: '127.0.0.1', port: address.port },
    messages,
    kinds,
    statements,
    break: breakAll,
    mend() {
      broken = undefined;
    },
    async close() {
      for (const { client, upstream } of pairs) {
        client.destroy();
        upstream.destroy();
      }
      await new Promise(resolve => server.close(resolve));
    },
  };
}

interface Pair {
  /** Told by the client's first message. */
  kind?: 'work' | 'control';
  readonly client: Socket;
  readonly upstream: Socket;
  frozen: boolean;
}

function breakPair(pair: Pair, how: Fault['how']): void {
  if (how === 'freeze') {
    pair.frozen = true;
    return;
  }
  if (how === 'end') pair.client.destroy();
  else pair.client.resetAndDestroy();
  // A Unix socket knows no reset.
  pair.upstream.destroy();
}

/** Passes on whole messages, one by one. */
function forward(
  from: Socket,
  to: Socket,
  pair: Pair,
  isClient: boolean,
  passed: (kind: string) => void,
  said?: (text: string) => void,
): void {
  let rest = Buffer.alloc(0);
  // The client's first message has no type byte.
  let typed = isClient ? 0 : 1;
  from.on('data', chunk => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= typed + 4) {
      const length = typed + rest.readInt32BE(typed);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (typed === 0) pair.kind = message.includes('pgopt-explore work') ? 'work' : 'control';
      if (pair.frozen || to.destroyed) return;
      to.write(message);
      // Parse: a name, and the text.
      const type = typed === 0 ? 'startup' : String.fromCharCode(message[0] ?? 0);
      // Parse: a name, and the text. Command complete: what was done.
      const words = message.toString('utf8', 5).split('\0');
      const text = isClient && type === 'P' ? words[1] : !isClient && type === 'C' ? words[0] : undefined;
      if (isClient && text !== undefined) said?.(text);
      typed = 1;
      passed(`${isClient ? '>' : '<'} ${type}${withoutNumbers(text ?? '')}`);
    }
  });
}

/** The same statement of another session: names of its own and numbers are left out. */
function withoutNumbers(text: string): string {
  const plain = text
    .replace(/\s+/g, ' ')
    .replace(/(pgopt_|~)\w+/g, '$1')
    .replace(/\d+/g, '0');
  return plain === '' ? '' : ` ${plain.slice(0, 120)}`;
}
