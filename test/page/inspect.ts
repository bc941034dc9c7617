/**
 * `npm run test:page`: opens report pages in a real Chromium without a network. Two are real (`check --html` and `advise --html` on the demo), two have
 * hostile names. Exits with 1 if a page is wrong, with 3 if there is no Chromium. `PGOPT_PAGE_PICTURES=FOLDER` keeps screenshots.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { adviceOfTexts, checkOfTexts, HOSTILE } from '../report/html/pages.ts';
import { Chromium, findChromium } from './chromium.ts';

const NO_CHROMIUM = 3;
/** Reviewers open it from a mail, too. */
const MOST_BYTES = 300_000;
const WIDTHS = [400, 1200];
const THEMES = ['light', 'dark'] as const;

const program = resolve(import.meta.dirname, '../../bin/pgopt-explore.js');

async function makePages(folder: string): Promise<readonly string[]> {
  const file = (name: string) => join(folder, `${name}.html`);
  // What stands on the pages is the question here, not how sure it is.
  const demo = ['--demo', '--scale', '0.0005'];
  // The exit code is the workload's: a requirement may fail.
  for (const [name, args] of [
    ['check', ['check']],
    ['advise', ['advise', '--budget', '2s']],
  ] as const)
    await promisify(execFile)(process.execPath, [program, ...args, ...demo, '--html', file(name)]).catch(
      (error: { readonly code?: number; readonly stderr?: string }) => {
        if (error.code !== 1) throw error;
      },
    );
  await writeFile(file('hostileCheck'), await checkOfTexts(text => HOSTILE + text));
  await writeFile(file('hostileAdvise'), await adviceOfTexts(text => HOSTILE + text));
  // Names as long as a file's may be, and nowhere to break them.
  const long = (text: string) => (/^\w+_\w+$/.test(text) ? text + 'long'.repeat(40) : text);
  await writeFile(file('longCheck'), await checkOfTexts(long));
  return ['check', 'advise', 'hostileCheck', 'hostileAdvise', 'longCheck'].map(file);
}

/** What is wrong with a page; nothing if all is well. */
async function faultsOf(browser: Chromium, file: string, pictures: string | undefined): Promise<string[]> {
  const faults: string[] = [];
  const url = pathToFileURL(file).href;
  const { size } = await stat(file);
  if (size > MOST_BYTES) faults.push(`${size} bytes are more than ${MOST_BYTES}`);
  const from = browser.events.length;
  const backgrounds = new Set<string>();
  for (const theme of THEMES)
    for (const width of WIDTHS) {
      const where = `${theme}, ${width} pixels`;
      await browser.call('Emulation.setEmulatedMedia', {
        media: '',
        features: [{ name: 'prefers-color-scheme', value: theme }],
      });
      await browser.call('Emulation.setDeviceMetricsOverride', {
        ...{ width, height: 900, deviceScaleFactor: 1, mobile: width < 600 },
      });
      await browser.load(url);
      const background = await browser.value<string>('getComputedStyle(document.body).backgroundColor');
      backgrounds.add(`${theme} ${background}`);
      const ink = await browser.value<string>('getComputedStyle(document.body).color');
      if (ink === background) faults.push(`${where}: text in the color of its background`);
      const wide = await browser.value<number>('document.documentElement.scrollWidth');
      if (wide > width) faults.push(`${where}: the page is ${wide} pixels wide`);
      const cut = await browser.value<readonly string[]>(
        `[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText.slice(0, 60))`,
      );
      // Hostile texts also stand where the program's own words would.
      for (const table of file.includes('hostile') ? [] : cut)
        faults.push(`${where}: columns are out of sight: ${JSON.stringify(table)}`);
      if (pictures !== undefined)
        await picture(browser, join(pictures, `${file.split('/').at(-1)}-${theme}-${width}.png`));
    }
  const colors = new Set([...backgrounds].map(one => one.split(' ').slice(1).join(' ')));
  if (colors.size !== THEMES.length) faults.push(`both themes are needed: ${[...backgrounds].join('; ')}`);
  faults.push(...(await onPaper(browser)), ...(await contents(browser)), ...unwanted(browser, from, url));
  return faults;
}

/** Folded parts are printed. */
async function onPaper(browser: Chromium): Promise<string[]> {
  await browser.value('document.querySelectorAll("details").forEach(one => { one.open = false; })');
  await browser.call('Emulation.setEmulatedMedia', { media: 'print' });
  await browser.drawn();
  const hidden = await browser.value<number>(
    `[...document.querySelectorAll('details > pre, .plan summary .name')].filter(one => !one.checkVisibility({ contentVisibilityAuto: true }) || one.getBoundingClientRect().height === 0).length`,
  );
  return hidden === 0 ? [] : [`on paper ${hidden} folded parts are missing`];
}

/** There is an answer, queries and plans; and nothing that a name could have brought in. */
async function contents(browser: Chromium): Promise<string[]> {
  const count = (selector: string) =>
    browser.value<number>(`document.querySelectorAll(${JSON.stringify(selector)}).length`);
  const faults: string[] = [];
  for (const selector of ['.answer', 'article', '.plan .row', 'meta[http-equiv=Content-Security-Policy]'])
    if ((await count(selector)) === 0) faults.push(`no ${selector}`);
  for (const selector of ['script', 'img', 'link', 'iframe', 'object', 'embed', 'form', 'input', 'base'])
    if ((await count(selector)) > 0) faults.push(`there is a <${selector}>`);
  if ((await count('style')) !== 1) faults.push('one style is ours');
  const strange = await browser.value<readonly string[]>(
    `[...document.querySelectorAll('*')].flatMap(one => [...one.attributes]).filter(({ name, value }) => name.startsWith('on') || (name === 'href' && !value.startsWith('#')) || (name === 'style' && !/^width: ?[0-9.]+%;?$/.test(value))).map(({ name, value }) => name + '=' + value)`,
  );
  return [...faults, ...strange.map(attribute => `the attribute ${attribute}`)];
}

/** Errors, messages, dialogs, and requests for anything but the page itself. */
function unwanted(browser: Chromium, from: number, url: string): string[] {
  return browser.events.slice(from).flatMap(({ method, params }) => {
    const text = JSON.stringify(params).slice(0, 400);
    switch (method) {
      case 'Network.requestWillBeSent': {
        const { request } = params as { readonly request: { readonly url: string } };
        return request.url === url ? [] : [`a request: ${request.url}`];
      }
      case 'Runtime.exceptionThrown':
      case 'Runtime.consoleAPICalled':
      case 'Log.entryAdded':
      case 'Page.javascriptDialogOpening':
        return [`${method}: ${text}`];
      default:
        return [];
    }
  });
}

async function picture(browser: Chromium, file: string): Promise<void> {
  const { data } = await browser.call('Page.captureScreenshot', { captureBeyondViewport: true });
  await writeFile(file, Buffer.from(String(data), 'base64'));
}

async function main(): Promise<number> {
  const path = findChromium();
  if (path === undefined) {
    console.error(
      'test:page: not run: no Chromium. Install one (Debian: apt-get install chromium), or name it in CHROMIUM.',
    );
    return NO_CHROMIUM;
  }
  const folder = await mkdtemp(join(tmpdir(), 'pgopt-explore-page-'));
  const pictures = process.env.PGOPT_PAGE_PICTURES;
  if (pictures !== undefined) await mkdir(pictures, { recursive: true });
  const browser = await Chromium.open(path);
  try {
    let wrong = 0;
    for (const file of await makePages(folder)) {
      const faults = await faultsOf(browser, file, pictures);
      const name = file.slice(folder.length + 1);
      console.log(
        `test:page: ${name}, ${(await readFile(file)).length} bytes: ${faults.length === 0 ? 'ok' : 'WRONG'}`,
      );
      for (const fault of faults) console.log(`  ${fault}`);
      wrong += faults.length;
    }
    return wrong === 0 ? 0 : 1;
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
