/** A headless Chromium without a network, over its debugging pipe: no package needed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** CHROMIUM, or the first that PATH has. */
export function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  const folders = PATH.split(delimiter).filter(folder => folder !== '');
  const paths = [...NAMES.flatMap(name => folders.map(folder => join(folder, name))), ...ELSEWHERE];
  return (CHROMIUM ? [CHROMIUM] : paths).find(path => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

export interface BrowserEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** One tab. Every event of it is kept. */
export class Chromium {
  readonly events: BrowserEvent[] = [];
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, { resolve(message: Message): void; reject(error: Error): void }>();
  readonly #listeners = new Set<() => void>();
  #last = 0;
  #tab: string | undefined;

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  static async open(path: string): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-chromium-'));
    const child = spawn(
      path,
      [
        ...['--headless=new', '--remote-debugging-pipe', `--user-data-dir=${folder}`],
        // Root has no sandbox, and what is opened is our own page.
        ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars'],
        // No name is found, and whatever goes out all the same meets a proxy that is not there.
        ...['--host-resolver-rules=MAP * ~NOTFOUND', '--proxy-server=127.0.0.1:9'],
        ...['--no-first-run', '--disable-background-networking', '--disable-component-update'],
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    const browser = new Chromium(child, folder);
    child.once('error', error => browser.#end(error));
    child.once('exit', code => browser.#end(new Error(`Chromium ended (${code})`)));
    let rest = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop() ?? '';
      for (const message of messages) browser.#take(JSON.parse(message) as Message);
    });
    const { targetId } = await browser.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.call('Target.attachToTarget', { targetId, flatten: true });
    browser.#tab = String(sessionId);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.call(`${domain}.enable`);
    return browser;
  }

  call(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    const inTab = this.#tab === undefined ? {} : { sessionId: this.#tab };
    const answered = new Promise<Message>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...inTab })}\0`);
    return answered.then(({ result, error }) => {
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result ?? {};
    });
  }

  async load(url: string): Promise<void> {
    const from = this.events.length;
    await this.call('Page.navigate', { url });
    await new Promise<void>(resolve => {
      const look = () => {
        if (!this.events.slice(from).some(({ method }) => method === 'Page.loadEventFired')) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** The value of an expression, in the page, awaited if it is a promise. */
  async value<T>(expression: string): Promise<T> {
    const { result } = await this.call('Runtime.evaluate', {
      ...{ expression, returnByValue: true, awaitPromise: true },
    });
    return (result as { readonly value: T }).value;
  }

  /** What changed is drawn. */
  async drawn(): Promise<void> {
    await this.value(
      'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))',
    );
  }

  async close(): Promise<void> {
    const ended = new Promise(resolve => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null) {
      this.#process.kill();
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #take(message: Message): void {
    const { id, method, params = {} } = message;
    if (id !== undefined) {
      this.#waiting.get(id)?.resolve(message);
      this.#waiting.delete(id);
    }
    if (method === undefined) return;
    this.events.push({ method, params });
    for (const listener of this.#listeners) listener();
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
