// The browser, as it starts everywhere: without a sandbox where root runs it, and without asking anybody for anything.

import { chromium } from 'playwright-core';

const FLAGS = [
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/**
 * `more` are flags of a run that needs others too. `SLOW=6 tests/run browser` gives pages a sixth of a processor: what fails
 * then would some day fail on a busy machine.
 */
export async function startBrowser(more = []) {
  const root = process.getuid?.() === 0;
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: [...FLAGS, ...more, ...(root ? ['--no-sandbox'] : [])] });
  const rate = Number(process.env.SLOW);
  if (rate > 1) {
    const newContext = browser.newContext.bind(browser);
    browser.newContext = async (options) => {
      const context = await newContext(options);
      context.on('page', async (page) => {
        // A tab may be gone again by then.
        await context.newCDPSession(page).then((session) => session.send('Emulation.setCPUThrottlingRate', { rate })).catch(() => {});
      });
      return context;
    };
  }
  return browser;
}

/** Something that a test lets happen, and what waits for it. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}

/** For scripts of the pages of this tab, time goes by as `page.clock.runFor()` says: no busy machine is too slow for them. */
export async function stopClock(page) {
  await page.clock.install();
  // It can be stopped in the future alone.
  await page.clock.pauseAt(Date.now() + 3_600_000);
}
