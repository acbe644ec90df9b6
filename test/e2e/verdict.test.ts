import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { DEFAULT_PROFILE } from '../../src/locate/blend-profile.js';
import { writeProfile } from '../../src/locate/profile-file.js';
import { indexInfo } from '../../src/references/embedded/open-index.js';
import { levelsUpTo } from '../support/levels-up-to.js';
import { describeInBrowser } from './support/chromium.js';
import { locate, useStage } from './support/stage.js';

describeInBrowser('what an answer says first', () => {
  const stage = useStage();
  const query = (i: number) => stage.world().queries[i] as string;
  const verdictOf = (page: Page) => page.locator('.headline .verdict').textContent();
  const headlineOf = (page: Page) => page.locator('.headline h2').textContent();

  /** The world's index with a profile that accepts answers of every level up to a spread, or a few samples. */
  function copyOfIndex(name: string, spread: number | null): string {
    const { index } = stage.world();
    const copy = join(dirname(index), name);
    rmSync(copy, { recursive: true, force: true });
    cpSync(index, copy, { recursive: true });
    const bin = { spread_edges: [], radius_50: [1], radius_90: [1], draws_50: [], draws_90: [] };
    writeProfile(copy, {
      ...DEFAULT_PROFILE,
      name: 'tuned',
      provenance: { ...DEFAULT_PROFILE.provenance, model: indexInfo(index)?.modelId ?? null },
      calibration: { not_indexed_edges: [], bins: [bin], levels: levelsUpTo(spread), queries: 100, authors: 100 },
    });
    return copy;
  }

  it('is that nobody has checked it, on an index that was not tuned, in English and in German', async () => {
    const page = await stage.begin();
    await locate(page, query(0));
    expect(await verdictOf(page)).toBe('Not checked');
    expect(await page.locator('.headline').textContent()).toMatch(/Nobody has measured .*streetdex tune/);
    expect(await page.locator('.doubts').textContent()).toContain('This model knows no photos');
    await page.getByLabel('Language').selectOption('de');
    expect(await verdictOf(page)).toBe('Nicht geprüft');
    expect(await page.locator('.headline').textContent()).toMatch(/Niemand hat gemessen/);
  });

  it('is a word, what the evidence agrees on, and how often that is wrong, where it was measured', async () => {
    const sure = await stage.serve({}, copyOfIndex('verdict-sure', 1));
    const page = await stage.begin('', { at: sure.url });
    const answers: { verdict: { level: string | null; roll_up: { country: { probability: number } } } }[] = [];
    // Noted before the page has it.
    await page.route('**/v1/locate', async (route) => {
      const response = await route.fetch();
      answers.push(await response.json());
      await route.fulfill({ response });
    });
    for (let i = 0; i < 4; i++) {
      await locate(page, query(i));
      await page.locator('.headline-name', { hasText: query(i).split('/').at(-1) as string }).waitFor();
      const level = answers.at(-1)?.verdict.level ?? null;
      const text = await page.locator('.headline').textContent();
      if (level === null || level === 'continent') expect(await verdictOf(page)).toMatch(/^(Unsure|Unknown)$/);
      else {
        expect(await verdictOf(page)).toBe('Sure');
        expect(text).toMatch(
          /Of 100 answers like this one, at most 5 are (more than \d+\skm off|in another country)\./,
        );
      }
      const headline = (await headlineOf(page)) ?? '';
      if (level === null) expect(headline).toBe('No place can be named');
      else expect(headline).not.toBe('No place can be named');
      // Whatever is named, it is said once.
      expect(text?.split(headline)).toHaveLength(2);
    }
    expect(answers.some(({ verdict }) => verdict.level === 'town')).toBe(true);
    await page.getByText('How far the evidence agrees').click();
    expect(await page.locator('.agreement').textContent()).toMatch(/within 25 km.*within 200 km/);
  });

  it('is unsure where such answers were measured and too many were wrong', async () => {
    const unsure = await stage.serve({}, copyOfIndex('verdict-unsure', null));
    const page = await stage.begin('', { at: unsure.url });
    await locate(page, query(0));
    expect(await verdictOf(page)).toBe('Unsure');
    expect(await page.locator('.headline').textContent()).toContain(
      'When answers like this one were measured, too many were wrong.',
    );
  });

  it('sets a hint that is in force beside the answer that it changes, which then is not checked', async () => {
    const sure = await stage.serve({}, copyOfIndex('verdict-hint', 1));
    const page = await stage.begin('', { at: sure.url });
    await locate(page, query(0));
    await page.getByText('What you know about the place').click();
    await page.getByLabel('It is in').selectOption('JP');
    await page.getByText('Given as known: It is in Japan.').waitFor();
    await page.waitForSelector('.answer[aria-busy="false"]');
    expect(await verdictOf(page)).toBe('Not checked');
    expect(await page.locator('.headline').textContent()).toContain('only answers without hints were measured');
  });

  it('has the photo’s own position beside it, which the report keeps with its hash and whose the scenes are', async () => {
    const page = await stage.begin();
    const reference = query(0).replace(/-\d+\.jpg$/, '-0.jpg');
    await locate(page, reference);
    expect(await page.locator('.doubts').textContent()).toMatch(
      /say[s]? -?\d+\.\d+, -?\d+\.\d+, [\d.,]+ km from this answer/,
    );
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save report' }).click();
    const html = readFileSync(await (await download).path(), 'utf8');
    expect(html).toMatch(/SHA-256<\/th><td>[0-9a-f]{64}/);
    expect(html).toContain('Not checked');
    expect(html).toContain('This was not used as evidence.');
    expect(html).toContain('CC0');
    expect(html).toMatch(/Tuning<\/th><td>default/);
  });

  it('carries the notice of its model, which says of the pocket model alone that it knows no photos', async () => {
    const page = await stage.begin();
    const notice = 'Trained on the facades of one city.';
    await page.route('**/v1/index', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), model_name: 'facades', notice } });
    });
    await page.route('**/v1/locate', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), model_notice: notice } });
    });
    await page.reload();
    await locate(page, query(0));
    expect(await page.locator('.doubts').textContent()).toContain(notice);
    expect(await page.locator('.doubts').textContent()).not.toContain('knows no photos');
  });

  it('can be tried with the scenes that the index has for that', async () => {
    const index = copyOfIndex('verdict-samples', null);
    mkdirSync(join(index, 'samples'));
    for (const i of [0, 1, 2]) cpSync(query(i), join(index, 'samples', `${i + 1}.jpg`));
    const server = await stage.serve({}, index);
    const page = await stage.begin('', { at: server.url });
    await page.getByText('Or try one of these scenes:').waitFor();
    expect(await page.locator('.samples button').count()).toBe(3);
    await page.getByRole('button', { name: 'Sample scene 2' }).click();
    await page.waitForSelector('.answer[aria-busy="false"]');
    expect(await page.locator('.headline-name').textContent()).toBe('Sample scene 2');
    expect(await verdictOf(page)).toMatch(/Unsure|Unknown/);
    expect(await page.locator('.samples').count()).toBe(0);
  });
});
