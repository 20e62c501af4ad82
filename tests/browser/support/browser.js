// The browser, as it starts everywhere: without a sandbox where root runs it, and without asking anybody for anything.

import { chromium } from 'playwright-core';

const FLAGS = [
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** `more` are flags of a run that needs others too. */
export function startBrowser(more = []) {
  const root = process.getuid?.() === 0;
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: [...FLAGS, ...more, ...(root ? ['--no-sandbox'] : [])] });
}
