/**
 * Checks the server's messages before node-pg's parser, which trusts lengths and loops for ever over an error without
 * its NUL. Pure: bytes in any pieces → whole messages, each well-formed and in its turn.
 */

/** The server, or a program in between, breaks the protocol. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
  constructor(what: string) {
    super(`the server does not speak PostgreSQL’s protocol correctly: ${what}`);
  }
}

const MB = 1024 ** 2;

/** Limits of an answer: a plan of 100 MB passes, an endless answer does not. */
export const LIMITS = {
  /** One message: a row. */
  rowBytes: 256 * MB,
  /** One message of any other kind. */
  messageBytes: 16 * MB,
  /** All messages until the server is ready again. */
  answerBytes: 512 * MB,
  rows: 5_000_000,
  /** Notices, notifications and changed parameters of an answer. */
  asides: 5_000_000,
  /** PostgreSQL's own. */
  columns: 1664,
} as const;

const HEADER = 5;

/** Position in an answer. `login` until the server is ready for the first time. */
type State = 'login' | 'ready' | 'parsed' | 'bound' | 'described' | 'done' | 'failed';

/** The next state for each message; others are out of turn. Each of our statements is sent alone. */
const TURNS: Readonly<Record<State, Readonly<Record<string, State>>>> = {
  login: { R: 'login', K: 'login', Z: 'ready', E: 'failed' },
  ready: { 1: 'parsed', E: 'failed' },
  parsed: { 2: 'bound', t: 'parsed', E: 'failed' },
  bound: { T: 'described', n: 'described', t: 'bound', E: 'failed' },
  described: { D: 'described', C: 'done', I: 'done', E: 'failed' },
  done: { Z: 'ready', 3: 'done', E: 'failed' },
  failed: { Z: 'ready', 3: 'failed', E: 'failed' },
};

const NAMES: Readonly<Record<string, string>> = {
  1: 'ParseComplete',
  2: 'BindComplete',
  3: 'CloseComplete',
  A: 'NotificationResponse',
  C: 'CommandComplete',
  D: 'DataRow',
  E: 'ErrorResponse',
  I: 'EmptyQueryResponse',
  K: 'BackendKeyData',
  N: 'NoticeResponse',
  R: 'Authentication',
  S: 'ParameterStatus',
  T: 'RowDescription',
  Z: 'ReadyForQuery',
  n: 'NoData',
  t: 'ParameterDescription',
};

/** May come at any time. */
const ASIDES = 'NSA';

/** Reads one message from its start to its end; a field that does not fit is a violation. */
class Fields {
  at: number;
  constructor(
    private readonly bytes: Buffer,
    start: number,
    private readonly end: number,
    private readonly name: string,
  ) {
    this.at = start;
  }

  fail(what: string): never {
    throw new ProtocolViolation(`${this.name} ${what}`);
  }

  skip(count: number): void {
    if (count < 0 || this.at + count > this.end) this.fail('is cut short');
    this.at += count;
  }

  byte(): number {
    this.skip(1);
    return this.bytes[this.at - 1] ?? 0;
  }

  int16(): number {
    this.skip(2);
    return this.bytes.readUInt16BE(this.at - 2);
  }

  int32(): number {
    this.skip(4);
    return this.bytes.readInt32BE(this.at - 4);
  }

  /** @returns Its length. */
  cstring(): number {
    const nul = this.bytes.indexOf(0, this.at);
    if (nul < 0 || nul >= this.end) this.fail('has an unterminated text');
    const length = nul - this.at;
    this.at = nul + 1;
    return length;
  }

  rest(): void {
    this.at = this.end;
  }

  done(): void {
    if (this.at !== this.end) this.fail('is longer than its fields');
  }
}

/** One for each connection. */
export class FrameCheck {
  private state: State = 'login';
  private authenticated = false;
  private columns = 0;
  private rows = 0;
  private asides = 0;
  private bytes = 0;
  /** The start of a message whose end has not come. */
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private needed = HEADER;

  /**
   * @returns The complete messages, in one piece; undefined where there is none.
   * @throws ProtocolViolation; pass on nothing more then.
   */
  push(chunk: Buffer): Buffer | undefined {
    if (this.pendingBytes + chunk.length < this.needed) {
      this.keep(chunk);
      return undefined;
    }
    const bytes = this.pending.length === 0 ? chunk : Buffer.concat([...this.pending, chunk]);
    this.pending = [];
    this.pendingBytes = 0;
    this.needed = HEADER;
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const size = this.sizeOf(bytes, at);
      if (bytes.length - at < size) {
        this.needed = size;
        break;
      }
      this.check(bytes, at, size);
      at += size;
    }
    if (at < bytes.length) this.keep(bytes.subarray(at));
    return at === 0 ? undefined : bytes.subarray(0, at);
  }

  private keep(chunk: Buffer): void {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
  }

  /** From the header alone, so that a message that is too long or unknown is refused at once. */
  private sizeOf(bytes: Buffer, at: number): number {
    const type = String.fromCharCode(bytes[at] ?? 0);
    const name = NAMES[type];
    const length = bytes.readUInt32BE(at + 1);
    if (name === undefined)
      throw new ProtocolViolation(`a message of the unknown type 0x${type.charCodeAt(0).toString(16)}`);
    if (length < 4 || length > (type === 'D' ? LIMITS.rowBytes : LIMITS.messageBytes))
      throw new ProtocolViolation(oldError(bytes, at, this.state, type) ?? `${name} of ${length} bytes`);
    return length + 1;
  }

  private check(bytes: Buffer, at: number, size: number): void {
    const type = String.fromCharCode(bytes[at] ?? 0);
    const fields = new Fields(bytes, at + HEADER, at + size, NAMES[type] ?? type);
    this.bytes += size;
    if (this.bytes > LIMITS.answerBytes)
      fields.fail(`brings an answer to more than ${LIMITS.answerBytes / MB} MB`);
    this.turn(type, fields);
    this.structures[type]?.(fields);
    fields.done();
  }

  private turn(type: string, fields: Fields): void {
    if (ASIDES.includes(type)) {
      this.asides++;
      if (this.asides > LIMITS.asides) fields.fail(`comes more than ${LIMITS.asides} times`);
      return;
    }
    const next = TURNS[this.state][type];
    const early = type === 'Z' && !this.authenticated;
    if (next === undefined || early) fields.fail('comes out of turn');
    this.state = next;
    if (type === 'Z') {
      this.bytes = 0;
      this.rows = 0;
      this.asides = 0;
    }
  }

  private readonly structures: Readonly<Record<string, (fields: Fields) => void>> = {
    D: fields => this.dataRow(fields),
    T: fields => this.rowDescription(fields),
    n: () => {
      this.columns = 0;
    },
    R: fields => this.authentication(fields),
    E: errorFields,
    N: errorFields,
    S: fields => {
      fields.cstring();
      fields.cstring();
    },
    A: fields => {
      fields.int32();
      fields.cstring();
      fields.cstring();
    },
    C: fields => {
      fields.cstring();
    },
    Z: fields => {
      if (!'ITE'.includes(String.fromCharCode(fields.byte()))) fields.fail('has an unknown status');
    },
    K: fields => fields.skip(8),
    t: fields => fields.skip(4 * fields.int16()),
  };

  private rowDescription(fields: Fields): void {
    this.columns = fields.int16();
    if (this.columns > LIMITS.columns) fields.fail(`has ${this.columns} columns`);
    for (let column = 0; column < this.columns; column++) {
      fields.cstring();
      fields.skip(18);
    }
  }

  private dataRow(fields: Fields): void {
    this.rows++;
    if (this.rows > LIMITS.rows) fields.fail(`comes more than ${LIMITS.rows} times`);
    const columns = fields.int16();
    if (columns !== this.columns) fields.fail(`has ${columns} columns, not ${this.columns}`);
    for (let column = 0; column < columns; column++) {
      const length = fields.int32();
      if (length !== -1) fields.skip(length);
    }
  }

  private authentication(fields: Fields): void {
    const code = fields.int32();
    if (this.authenticated) fields.fail('comes out of turn');
    switch (code) {
      case 0:
        this.authenticated = true;
        return;
      case 3:
        return;
      case 5:
        fields.skip(4);
        return;
      case 10:
        // A list of mechanisms; an empty one ends it.
        while (fields.cstring() > 0);
        return;
      case 11:
      case 12:
        fields.rest();
        return;
      default:
        fields.fail(`asks for method ${code}, which is not supported`);
    }
  }
}

/** Each field is a letter and a text; a NUL ends the list. */
function errorFields(fields: Fields): void {
  while (fields.byte() !== 0) fields.cstring();
}

/** Before a session a server may send an error in the format of protocol 2: a text without a length. */
function oldError(bytes: Buffer, at: number, state: State, type: string): string | undefined {
  if (state !== 'login' || type !== 'E') return undefined;
  const text = bytes.toString('utf8', at + 1, at + 301).split('\0')[0] ?? '';
  return /^[\x20-\x7e\n]{4,}$/.test(text) ? text.trim() : undefined;
}
